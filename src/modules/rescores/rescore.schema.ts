/** What the API answers about rescores; what it takes is `src/spec/rescore-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { WaitingFor, waitingText, type Waiting } from '../../http/answer/waiting-for.js';
import { RESOURCE_STATUSES } from '../../spec/enums.js';
import { Metadata } from '../../spec/metadata.js';
import { ResolvedRescoreSpec, RewardComparison } from '../../spec/rescore-spec.js';
import type { RescoreItem } from '../../store/entities/rescore-item.entity.js';
import type { Rescore } from '../../store/entities/rescore.entity.js';

export const RescoreObject = z
  .object({
    id: z.string(),
    object: z.literal('rescore'),
    created_at: Seconds,
    run_id: z.string(),
    status: z.enum(RESOURCE_STATUSES),
    spec: ResolvedRescoreSpec,
    progress: z.object({ done: z.int(), total: z.int() }).describe('Trajectories.'),
    comparison: RewardComparison.nullable().describe(
      'Of the rewards of the run with those of the grader. Null until it is ready.',
    ),
    error: Failure.nullable(),
    waiting_for: WaitingFor,
    metadata: Metadata,
  })
  .meta({ id: 'Rescore' });
export type RescoreObject = z.infer<typeof RescoreObject>;

export const RescoreList = pageOf(RescoreObject, 'RescoreList');

export const RescoreQuery = z.strictObject(pageFields('rescore'));
export type RescoreQuery = z.infer<typeof RescoreQuery>;

export const RescoreItemObject = z
  .object({
    object: z.literal('rescore.item'),
    trajectory_id: z.string(),
    tree_id: z.string(),
    step: z.int(),
    before: z.number().nullable().describe('The reward of the run; null: it had none.'),
    after: z.number().nullable().describe('Null: the grader could not score it.'),
    difference: z.number().nullable().describe('After less before.'),
    parts: z.record(z.string(), z.number()).describe('What the new reward is made of.'),
    flags: z.array(z.string()).describe('Why it is what it is; where there is none, what went wrong.'),
    answer: z.string().nullable(),
  })
  .meta({ id: 'RescoreItem' });
export type RescoreItemObject = z.infer<typeof RescoreItemObject>;

export const RescoreItemList = pageOf(RescoreItemObject, 'RescoreItemList');

export const RescoreItemQuery = z.strictObject({
  ...pageFields('trajectory'),
  order: z.enum(['asc', 'desc']).default('asc').describe('By time of creation of the trajectories.'),
  changed: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Only those whose reward has changed, or only others.'),
});
export type RescoreItemQuery = z.infer<typeof RescoreItemQuery>;

export function rescoreObject(rescore: Waiting<Rescore>): RescoreObject {
  return {
    id: rescore.id,
    object: 'rescore',
    created_at: seconds(rescore.createdAt),
    run_id: rescore.runId,
    status: rescore.status,
    spec: rescore.spec,
    progress: rescore.progress,
    comparison: rescore.comparison,
    error: rescore.error,
    waiting_for: waitingText(rescore),
    metadata: rescore.spec.metadata,
  };
}

export function rescoreItemObject({
  trajectoryId,
  treeId,
  step,
  before,
  after,
  ...item
}: RescoreItem): RescoreItemObject {
  return {
    object: 'rescore.item',
    trajectory_id: trajectoryId,
    tree_id: treeId,
    step,
    before,
    after,
    difference: before === null || after === null ? null : after - before,
    parts: item.parts,
    flags: item.flags,
    answer: item.answer,
  };
}
