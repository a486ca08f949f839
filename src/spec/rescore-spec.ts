/** What a user posts to score the stored trajectories of a run again, and its resolved form. */
import { z } from 'zod';
import { Metadata } from './metadata.js';
import type { SpecProblem } from './problem.js';
import { ResolvedRewardSpec, resolveReward, rewardProblems, RewardSpecInput } from './rewards/index.js';

const step = z.int().min(1).max(2_147_483_647);

export const RescoreSpecInput = z
  .strictObject({
    grader: RewardSpecInput,
    from_step: step.optional().describe('The first step. Default 1.'),
    to_step: step.nullable().optional().describe('The last step; null or absent: the last that there is.'),
    metadata: Metadata.optional(),
  })
  .meta({ id: 'RescoreSpec' });
export type RescoreSpecInput = z.infer<typeof RescoreSpecInput>;

export const ResolvedRescoreSpec = z
  .strictObject({
    grader: ResolvedRewardSpec,
    from_step: z.int(),
    to_step: z.int().nullable(),
    metadata: Metadata,
  })
  .meta({ id: 'ResolvedRescoreSpec' });
export type ResolvedRescoreSpec = z.infer<typeof ResolvedRescoreSpec>;

export function resolveRescoreSpec({ grader, from_step, to_step, metadata }: RescoreSpecInput): ResolvedRescoreSpec {
  return {
    grader: resolveReward(grader),
    from_step: from_step ?? 1,
    to_step: to_step ?? null,
    metadata: metadata ?? {},
  };
}

export function rescoreProblems({ grader, from_step = 1, to_step }: RescoreSpecInput): SpecProblem[] {
  const problems = rewardProblems(grader, 'grader');
  if (to_step != null && to_step < from_step)
    problems.push({ path: 'to_step', message: `must not be less than from_step (${from_step})` });
  return problems;
}

/** Rewards that differ by less are the same: sums may be added up in another order. */
export const SAME_REWARD = 1e-9;

const Distribution = z.object({
  mean: z.number(),
  standard_deviation: z.number(),
  min: z.number(),
  lower_quartile: z.number(),
  median: z.number(),
  upper_quartile: z.number(),
  max: z.number(),
});
export type Distribution = z.infer<typeof Distribution>;

/** What two rewards of the same trajectories have to do with each other. */
export const RewardComparison = z
  .object({
    trajectories: z.int().describe('Those that were scored again.'),
    compared: z.int().describe('Those with a reward before and one now: all other numbers are theirs.'),
    infra_errors: z.int().describe('Those that the grader could not score.'),
    changed: z.int().describe('Those whose reward is another one now.'),
    raised: z.int(),
    lowered: z.int(),
    before: Distribution.nullable().describe('Null where nothing could be compared.'),
    after: Distribution.nullable(),
    pearson: z.number().nullable().describe('Null where one of the two rewards is always the same.'),
    spearman: z.number().nullable().describe('Of ranks; equal rewards share their mean rank.'),
  })
  .meta({ id: 'RewardComparison' });
export type RewardComparison = z.infer<typeof RewardComparison>;
