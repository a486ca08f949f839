/** The rewards of the contract: one row for each type. A new one is a row, a file here where it has defaults, and how it scores in `src/rewards`. */
import type { z } from 'zod';
import type { SpecProblem } from '../problem.js';
import { schemasOf, type TypedRow } from '../typed-row.js';
import { multi } from './multi.js';
import { ResolvedSimpleReward, SIMPLE_REWARDS, SimpleRewardInput } from './simple.js';
import { sum } from './sum.js';

const REWARDS = { ...SIMPLE_REWARDS, sum, multi } as const;

type Rows = typeof REWARDS;
export type RewardType = keyof Rows;

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
  REWARDS[type] as unknown as TypedRow<typeof RewardSpecInput, typeof ResolvedRewardSpec>;

export function resolveReward(reward: RewardSpecInput): ResolvedRewardSpec {
  return rowOf(reward.type).resolve(reward);
}

/** What keeps a run or an evaluation from being scored by it. */
export function rewardProblems(reward: RewardSpecInput, path = 'reward'): SpecProblem[] {
  return rowOf(reward.type).problems(reward, path);
}

export interface RewardTerm {
  readonly reward: ResolvedSimpleReward;
  readonly path: string;
}

/** The rewards that a reward consists of; itself, where it consists of no others. */
export function termsOf(reward: ResolvedRewardSpec, path = 'reward'): RewardTerm[] {
  if (reward.type === 'sum')
    return reward.terms.map((term, i) => ({ reward: term.reward, path: `${path}.terms.${i}.reward` }));
  if (reward.type === 'multi')
    return Object.entries(reward.graders).map(([name, grader]) => ({
      reward: grader,
      path: `${path}.graders.${name}`,
    }));
  return [{ reward, path }];
}

/** What a reward waits for in vain: calls of tools that there are not. */
export function rewardWarnings(reward: ResolvedRewardSpec, tools: readonly string[] | null, path = 'reward'): string[] {
  if (tools === null) return [];
  return termsOf(reward, path).flatMap(({ reward: term, path: at }) => {
    if (term.type !== 'tool_use' || (term.tool === null ? tools.length > 0 : tools.includes(term.tool))) return [];
    const called = term.tool === null ? 'calls of tools' : `calls of ${term.tool}`;
    return [`${at}: counts ${called}, and there is ${tools.length === 0 ? 'no tool' : `only ${tools.join(', ')}`}`];
  });
}

/** Episodes that a reward is to be read from, of environments that are not among the tools. */
export function episodeProblems(
  reward: ResolvedRewardSpec,
  environments: readonly string[],
  path = 'reward',
): SpecProblem[] {
  return termsOf(reward, path).flatMap(({ reward: term, path: at }) => {
    if (term.type !== 'environment' || environments.includes(term.tool)) return [];
    const there = environments.length === 0 ? 'none is' : `only ${environments.join(', ')} is`;
    return [{ path: `${at}.tool`, message: `names a tool of type environment, of which ${there} among the tools` }];
  });
}

/** The names of the secrets that a reward uses. */
export function secretsOf(reward: ResolvedRewardSpec, path = 'reward'): { path: string; name: string }[] {
  return termsOf(reward, path).flatMap(({ reward: term, path: at }) =>
    'secret' in term && term.secret !== null ? [{ path: `${at}.secret`, name: term.secret }] : [],
  );
}

/** Where a reward compares the answers to a prompt with each other, so that one answer alone has no score. */
export function comparisonsIn(reward: ResolvedRewardSpec, path = 'reward'): string[] {
  return termsOf(reward, path).flatMap((term) => (term.reward.type === 'judge_group' ? [term.path] : []));
}
