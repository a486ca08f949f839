/** The rewards of the contract: one row for each type. A new one is a row, a file here where it has defaults, and how it scores in `src/rewards`. */
import type { z } from 'zod';
import { notBuilt } from '../availability.js';
import type { SpecProblem } from '../problem.js';
import { schemasOf } from '../typed-row.js';
import { multi } from './multi.js';
import type { RewardRow } from './reward-row.js';
import { ResolvedSimpleReward, SIMPLE_REWARDS, SimpleRewardInput } from './simple.js';
import { sum } from './sum.js';

const REWARDS = { ...SIMPLE_REWARDS, sum, multi } as const;

type Rows = typeof REWARDS;
export type RewardType = keyof Rows;
/** The types that `src/rewards` has to make. */
export type BuiltRewardType = { [T in RewardType]: Rows[T]['built'] extends true ? T : never }[RewardType];

const schemas = schemasOf([{ input: SimpleRewardInput, resolved: ResolvedSimpleReward }, sum, multi]);

export const RewardSpecInput = schemas.input.meta({ id: 'RewardSpec' });
export type RewardSpecInput = z.infer<typeof RewardSpecInput>;

export const ResolvedRewardSpec = schemas.resolved.meta({
  id: 'ResolvedRewardSpec',
  description: 'A reward with every default filled in.',
});
export type ResolvedRewardSpec = z.infer<typeof ResolvedRewardSpec>;

/** The row of a reward's type, which takes rewards of that type alone. */
const rowOf = (type: RewardType) =>
  REWARDS[type] as unknown as RewardRow<typeof RewardSpecInput, typeof ResolvedRewardSpec>;

export function resolveReward(reward: RewardSpecInput): ResolvedRewardSpec {
  return rowOf(reward.type).resolve(reward);
}

/** What keeps a run or an evaluation from being scored by it. */
export function rewardProblems(reward: RewardSpecInput, path = 'reward'): SpecProblem[] {
  const { type } = reward;
  return [...notBuilt(REWARDS, type, `${path}.type`, `reward ${type} is`), ...rowOf(type).problems(reward, path)];
}

export function isBuiltReward(
  reward: ResolvedRewardSpec,
): reward is Extract<ResolvedRewardSpec, { type: BuiltRewardType }> {
  return REWARDS[reward.type].built;
}
