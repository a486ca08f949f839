/** Closed sets that appear in requests, rows and events. Declared whole from the start. Those of which a part is not built yet are tables beside this file. */

export const RUN_STATUSES = [
  'queued',
  'preparing',
  'running',
  'recovering',
  'pausing',
  'paused',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];
export const FINAL_RUN_STATUSES: readonly RunStatus[] = ['succeeded', 'failed', 'cancelled'];

/** What a key may do: GET; everything else; manage the keys of its project; manage projects, and keys of any of them. */
export const KEY_SCOPES = ['read', 'write', 'admin', 'operator'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];
/** Everything within one project. */
export const PROJECT_SCOPES: readonly KeyScope[] = ['read', 'write', 'admin'];

/** What a trainer is busy with, whatever its job. */
export const PHASES = [
  'preparing',
  'rollout',
  'update',
  'evaluate',
  'checkpoint',
  'check',
  'tokenizer',
  'weights',
  'export',
] as const;
export type Phase = (typeof PHASES)[number];

export const EVALUATION_STATUSES = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const;
export type EvaluationStatus = (typeof EVALUATION_STATUSES)[number];
export const FINAL_EVALUATION_STATUSES: readonly EvaluationStatus[] = ['succeeded', 'failed', 'cancelled'];

/** Datasets and models take long to make: they answer at once and are polled. */
export const RESOURCE_STATUSES = ['processing', 'ready', 'failed'] as const;
export type ResourceStatus = (typeof RESOURCE_STATUSES)[number];

export const DATASET_KINDS = ['rl', 'sft', 'preference', 'corpus'] as const;
export type DatasetKind = (typeof DATASET_KINDS)[number];

export const SEGMENT_KINDS = ['prompt', 'model', 'tool'] as const;
export type SegmentKind = (typeof SEGMENT_KINDS)[number];

export const REWARD_STATUSES = ['scored', 'infra_error', 'masked'] as const;
export type RewardStatus = (typeof REWARD_STATUSES)[number];

/**
 * Why a trajectory ended: the model's end token, the token limit, the call limit, a call that asks nothing, a tool that could not work, or the end of
 * the run in the middle of it.
 */
export const FINISH_REASONS = [
  'stop',
  'length',
  'tool_call_limit',
  'empty_tool_call',
  'infra_error',
  'unfinished',
] as const;
export type FinishReason = (typeof FINISH_REASONS)[number];

/** Of a rollout of an agent that is outside. `waiting`: nobody has asked for it yet; `lost`: its step was given up. */
export const EXTERNAL_ROLLOUT_STATUSES = ['waiting', 'open', 'finished', 'failed', 'expired', 'lost'] as const;
/** Of those that somebody has asked for. */
export const OPENED_ROLLOUT_STATUSES = ['open', 'finished', 'failed', 'expired', 'lost'] as const;
export type ExternalRolloutStatus = (typeof EXTERNAL_ROLLOUT_STATUSES)[number];

export const CHECKPOINT_KINDS = ['training', 'weights'] as const;
export type CheckpointKind = (typeof CHECKPOINT_KINDS)[number];

export const EVENT_LEVELS = ['info', 'warn', 'error'] as const;
export type EventLevel = (typeof EVENT_LEVELS)[number];

export const EVENT_TYPES = [
  'run.queued',
  'run.preparing',
  'run.started',
  'run.phase',
  'run.step',
  'run.checkpoint',
  'run.evaluation',
  'run.recovering',
  'run.waiting',
  'run.pausing',
  'run.paused',
  'run.resumed',
  'run.cancelling',
  'run.budget_reached',
  'run.no_improvement',
  'run.log',
  'run.succeeded',
  'run.failed',
  'run.cancelled',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export const EARLY_END_REASONS = ['budget', 'no_improvement'] as const;
export type EarlyEndReason = (typeof EARLY_END_REASONS)[number];

/** What webhooks can be told of. */
export const WEBHOOK_EVENT_TYPES = [
  'run.succeeded',
  'run.failed',
  'run.cancelled',
  'run.paused',
  'evaluation.completed',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

export const EXPORT_FORMATS = ['huggingface', 'onnx', 'peft'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_DTYPES = ['float32', 'bfloat16', 'float16'] as const;
export type ExportDtype = (typeof EXPORT_DTYPES)[number];

export const ERROR_CATEGORIES = ['user', 'server'] as const;
export type ErrorCategory = (typeof ERROR_CATEGORIES)[number];

/** Element types of stored weights; `mixed`: more than one of them. */
export const WEIGHT_DTYPES = ['float64', 'float32', 'bfloat16', 'float16', 'mixed'] as const;
export type WeightDtype = (typeof WEIGHT_DTYPES)[number];
