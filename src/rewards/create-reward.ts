/** Makes the reward that a spec asks for. A type of reward that is built and has no row does not compile. */
import { AppError } from '../errors/app-error.js';
import { isBuiltReward, type BuiltRewardType, type ResolvedRewardSpec } from '../spec/rewards/index.js';
import { ArpoReward } from './arpo.js';
import { ExactMatchReward } from './exact-match.js';
import { F1Reward } from './f1.js';
import type { Reward } from './reward.js';

type Factory<T extends BuiltRewardType> = (spec: Extract<ResolvedRewardSpec, { type: T }>) => Reward;

const factories: { readonly [T in BuiltRewardType]: Factory<T> } = {
  arpo: ({ fidelity }) => new ArpoReward(fidelity),
  exact_match: () => new ExactMatchReward(),
  f1: () => new F1Reward(),
};

/** Throws NOT_IMPLEMENTED_YET for the types that are declared but not built. */
export function createReward(spec: ResolvedRewardSpec): Reward {
  if (isBuiltReward(spec)) return (factories[spec.type] as Factory<BuiltRewardType>)(spec);
  throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The ${spec.type} reward`, param: 'reward.type' });
}
