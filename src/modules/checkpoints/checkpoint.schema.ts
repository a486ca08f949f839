/** What the API answers about checkpoints. */
import { z } from 'zod';
import { Seconds, seconds, StoredFile } from '../../http/answer/common.schema.js';
import { pageOf } from '../../http/answer/page.js';
import { CHECKPOINT_KINDS } from '../../spec/enums.js';
import type { Checkpoint } from '../../store/entities/checkpoint.entity.js';

export const CheckpointObject = z
  .object({
    id: z.string(),
    object: z.literal('checkpoint'),
    created_at: Seconds,
    run_id: z.string(),
    step: z.int().describe('Steps finished when it was written.'),
    kind: z.enum(CHECKPOINT_KINDS).describe('`training`: with the state of the optimiser; `weights`: without.'),
    final: z.boolean().describe("The run's last."),
    metrics: z.record(z.string(), z.number()),
    size_bytes: z.int(),
    files: z.array(StoredFile).describe('A Hugging Face directory.'),
    attempt: z.int(),
  })
  .meta({ id: 'Checkpoint' });
export type CheckpointObject = z.infer<typeof CheckpointObject>;

export const CheckpointList = pageOf(CheckpointObject, 'CheckpointList');

export function checkpointObject(checkpoint: Checkpoint): CheckpointObject {
  return {
    id: checkpoint.id,
    object: 'checkpoint',
    created_at: seconds(checkpoint.createdAt),
    run_id: checkpoint.runId,
    step: checkpoint.step,
    kind: checkpoint.kind,
    final: checkpoint.final,
    metrics: checkpoint.metrics,
    size_bytes: checkpoint.sizeBytes,
    files: checkpoint.files,
    attempt: checkpoint.attempt,
  };
}
