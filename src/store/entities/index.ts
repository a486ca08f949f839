/** Every entity, in the order in which tables refer to each other. */
import { ApiKey } from './api-key.entity.js';
import { Blob } from './blob.entity.js';
import { Checkpoint } from './checkpoint.entity.js';
import { DatasetExample } from './dataset-example.entity.js';
import { Dataset } from './dataset.entity.js';
import { EvaluationItem } from './evaluation-item.entity.js';
import { Evaluation } from './evaluation.entity.js';
import { Export } from './export.entity.js';
import { ExternalRollout } from './external-rollout.entity.js';
import { IdempotencyKey } from './idempotency-key.entity.js';
import { Job } from './job.entity.js';
import { Model } from './model.entity.js';
import { ProjectUsage } from './project-usage.entity.js';
import { Project } from './project.entity.js';
import { Rescore } from './rescore.entity.js';
import { RescoreItem } from './rescore-item.entity.js';
import { RunEvent } from './run-event.entity.js';
import { RunPreview } from './run-preview.entity.js';
import { RunIntegration } from './run-integration.entity.js';
import { RunStep } from './run-step.entity.js';
import { RunUpdate } from './run-update.entity.js';
import { Run } from './run.entity.js';
import { Secret } from './secret.entity.js';
import { Segment } from './segment.entity.js';
import { ToolJournalEntry } from './tool-journal.entity.js';
import { ProviderCalls } from './provider-calls.entity.js';
import { ToolResult } from './tool-result.entity.js';
import { CorpusEmbedding } from './corpus-embedding.entity.js';
import { Trajectory } from './trajectory.entity.js';
import { Tree } from './tree.entity.js';
import { Use } from './use.entity.js';
import { WebhookDelivery } from './webhook-delivery.entity.js';
import { Webhook } from './webhook.entity.js';
import { Worker } from './worker.entity.js';

export const entities = [
  Project,
  ProjectUsage,
  ApiKey,
  Secret,
  Blob,
  Dataset,
  DatasetExample,
  Model,
  Job,
  Run,
  RunEvent,
  RunPreview,
  RunStep,
  RunUpdate,
  RunIntegration,
  Tree,
  Segment,
  Trajectory,
  ToolJournalEntry,
  ExternalRollout,
  ProviderCalls,
  ToolResult,
  CorpusEmbedding,
  Checkpoint,
  Evaluation,
  EvaluationItem,
  Export,
  Rescore,
  RescoreItem,
  Use,
  Worker,
  Webhook,
  WebhookDelivery,
  IdempotencyKey,
];
