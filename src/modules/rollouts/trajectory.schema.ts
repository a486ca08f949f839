/** What the API answers about trajectories. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { anyOf, decimalNumber, stepFilter } from '../../http/request/query.schema.js';
import { FINISH_REASONS, REWARD_STATUSES, SEGMENT_KINDS } from '../../spec/enums.js';
import type { Trajectory } from '../../store/entities/trajectory.entity.js';
import { SegmentObject, ToolCallObject } from './tree.schema.js';

export const TrajectorySummary = z
  .object({
    id: z.string(),
    object: z.literal('trajectory'),
    created_at: Seconds,
    run_id: z.string(),
    tree_id: z.string(),
    step: z.int(),
    index: z.int().describe('Place within the tree, from 0.'),
    attempt: z.int(),
    reward: z.number().nullable(),
    parts: z.record(z.string(), z.number()).describe('What the reward is made of.'),
    flags: z.array(z.string()).describe('Why the reward is what it is; where there is none, what went wrong.'),
    answer: z.string().nullable().describe('The answer that the reward extracted.'),
    format_valid: z.boolean(),
    exact_match: z.number().nullable(),
    advantage: z.number().nullable().describe('Null when the trajectory takes no part in the update.'),
    reward_status: z.enum(REWARD_STATUSES),
    finish_reason: z.enum(FINISH_REASONS),
    num_tokens: z.int().describe('Of the whole path, prompt included.'),
  })
  .meta({ id: 'TrajectorySummary' });
export type TrajectorySummary = z.infer<typeof TrajectorySummary>;

const Floats = z.array(z.number().nullable());

export const TrajectoryObject = TrajectorySummary.extend({
  segments: z
    .array(
      z.object({
        id: z.string(),
        kind: z.enum(SEGMENT_KINDS),
        text: z.string(),
        num_tokens: z.int(),
        forked: SegmentObject.shape.forked,
        forks: SegmentObject.shape.forks,
        tool: ToolCallObject.nullable(),
      }),
    )
    .describe('From the root to the leaf.'),
  example: z
    .object({
      index: z.int(),
      question: z.string().nullable().describe('Null once the dataset is deleted.'),
      references: z.array(z.string()).nullable(),
    })
    .describe("The example of the run's dataset that it answers."),
  token_ids: z.array(z.int()).describe('Of all segments in turn, as the arrays below.'),
  loss_mask: z.array(z.int()).describe('1: sampled by the policy; 0: prompt or tool result.'),
  logprobs: Floats.describe('When sampled; null where the mask is 0.'),
  advantages: Floats.describe('Null where the token takes no part in the update.'),
}).meta({ id: 'Trajectory' });
export type TrajectoryObject = z.infer<typeof TrajectoryObject>;

export const TrajectoryList = pageOf(TrajectorySummary, 'TrajectoryList');

/** Which trajectories of a run, for the list and the export. */
export const trajectoryFilters = {
  step: stepFilter,
  min_reward: decimalNumber.optional(),
  max_reward: decimalNumber.optional(),
  status: anyOf(REWARD_STATUSES),
};

export const TrajectoryQuery = z.strictObject({
  ...pageFields('trajectory'),
  order: z.enum(['asc', 'desc']).default('asc').describe('By time of creation.'),
  ...trajectoryFilters,
});
export type TrajectoryQuery = z.infer<typeof TrajectoryQuery>;

export const ExportQuery = z.strictObject(trajectoryFilters);
export type ExportQuery = z.infer<typeof ExportQuery>;

export function trajectorySummary(trajectory: Trajectory): TrajectorySummary {
  return {
    id: trajectory.id,
    object: 'trajectory',
    created_at: seconds(trajectory.createdAt),
    run_id: trajectory.runId,
    tree_id: trajectory.treeId,
    step: trajectory.step,
    index: trajectory.index,
    attempt: trajectory.attempt,
    reward: trajectory.reward,
    parts: trajectory.parts,
    flags: trajectory.flags,
    answer: trajectory.answer,
    format_valid: trajectory.formatValid,
    exact_match: trajectory.exactMatch,
    advantage: trajectory.advantage,
    reward_status: trajectory.rewardStatus,
    finish_reason: trajectory.finishReason,
    num_tokens: trajectory.numTokens,
  };
}
