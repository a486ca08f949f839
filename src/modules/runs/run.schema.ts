/** What the API answers about runs; what it takes is `src/spec/run-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, RunUsage, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { anyOf, metadataFilter } from '../../http/request/query.schema.js';
import { EARLY_END_REASONS, RUN_STATUSES } from '../../spec/enums.js';
import { Metadata } from '../../spec/metadata.js';
import { METHOD_NAMES } from '../../spec/methods/index.js';
import { ResolvedRunSpec } from '../../spec/run-spec.js';
import type { Run } from '../../store/entities/run.entity.js';

export const RunResumption = z
  .strictObject({
    checkpoint_id: z
      .string()
      .optional()
      .describe('A checkpoint of the run to go back to: what came after it is deleted. Absent: its last one.'),
  })
  .meta({ id: 'RunResumption' });
export type RunResumption = z.infer<typeof RunResumption>;

export const RunObject = z
  .object({
    id: z.string(),
    object: z.literal('run'),
    created_at: Seconds,
    name: z.string().nullable(),
    method: z.enum(METHOD_NAMES),
    status: z.enum(RUN_STATUSES),
    model: z.string().describe('The starting policy: a model or a checkpoint.'),
    dataset: z.string(),
    spec: ResolvedRunSpec,
    progress: z.object({
      step: z.int().describe('Steps finished.'),
      steps: z.int().nullable(),
      phase: z
        .string()
        .nullable()
        .describe(
          'What is being done: `preparing`, `rollout`, `update`, `evaluate`, `checkpoint`, or `step` when one has just ended; open.',
        ),
      fraction: z.number().nullable().describe('Share of the phase that is done, 0 to 1.'),
    }),
    usage: RunUsage,
    warnings: z
      .array(z.string())
      .describe(
        'Of the spec, when it was posted: fields that have no effect, and what can hardly be meant. Then what came up while the run was carried out, each once; when, is in the events.',
      ),
    error: Failure.nullable(),
    manifest: z.record(z.string(), z.unknown()).describe('Versions, machine fingerprint and hashes of the inputs.'),
    latest_metrics: z.record(z.string(), z.number()),
    checkpoints_count: z.int(),
    best_checkpoint: z
      .object({
        id: z.string(),
        step: z.int(),
        metric: z.string().describe('`eval/<set>/<metric>`, as `evaluation.best` of the spec names it.'),
        value: z.number(),
      })
      .nullable()
      .describe('The best so far; it is kept whatever `checkpoint.keep` says. null: none yet, or the run keeps none.'),
    ended_early: z
      .object({ reason: z.enum(EARLY_END_REASONS), message: z.string() })
      .nullable()
      .describe('Why the run has succeeded, or is about to, after fewer steps than were asked for; null: it has not.'),
    queue_position: z.int().nullable().describe('1: next; null: not in the queue.'),
    started_at: Seconds.nullable(),
    finished_at: Seconds.nullable(),
    estimated_finish_at: Seconds.nullable(),
    metadata: Metadata,
  })
  .meta({ id: 'Run' });
export type RunObject = z.infer<typeof RunObject>;

export const RunList = pageOf(RunObject, 'RunList');

export const RunQuery = z.strictObject({
  ...pageFields('run'),
  status: anyOf(RUN_STATUSES),
  method: anyOf(METHOD_NAMES),
  metadata: metadataFilter,
});
export type RunQuery = z.infer<typeof RunQuery>;

export function runObject(run: Run, queuePosition: number | null): RunObject {
  return {
    id: run.id,
    object: 'run',
    created_at: seconds(run.createdAt),
    name: run.name,
    method: run.method,
    status: run.status,
    model: run.modelId,
    dataset: run.datasetId,
    spec: run.spec,
    progress: run.progress,
    usage: run.usage,
    warnings: run.warnings,
    error: run.error,
    manifest: run.manifest,
    latest_metrics: run.latestMetrics,
    checkpoints_count: run.checkpointsCount,
    best_checkpoint: run.bestCheckpoint,
    ended_early: run.endedEarly,
    queue_position: queuePosition,
    started_at: seconds(run.startedAt),
    finished_at: seconds(run.finishedAt),
    estimated_finish_at: seconds(run.estimatedFinishAt),
    metadata: run.metadata,
  };
}
