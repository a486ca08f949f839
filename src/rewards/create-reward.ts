/** Makes the reward that a spec asks for. A type of reward without a row does not compile. */
import { AppError } from '../errors/app-error.js';
import type { RewardSpec } from '../spec/run-spec.js';
import { ArpoReward } from './arpo.js';
import { ExactMatchReward } from './exact-match.js';
import { F1Reward } from './f1.js';
import type { Reward } from './reward.js';

type RewardType = RewardSpec['type'];

const notBuilt = ({ type }: { type: RewardType }): never => {
  throw new AppError('NOT_IMPLEMENTED_YET', { feature: `The ${type} reward`, param: 'reward.type' });
};

const factories: { readonly [T in RewardType]: (spec: Extract<RewardSpec, { type: T }>) => Reward } = {
  arpo: ({ fidelity }) => new ArpoReward(fidelity),
  exact_match: () => new ExactMatchReward(),
  f1: () => new F1Reward(),
  math: notBuilt,
  judge: notBuilt,
  python: notBuilt,
  http: notBuilt,
  sum: notBuilt,
};

/** Throws NOT_IMPLEMENTED_YET for the types that are declared but not built. */
export function createReward<T extends RewardType>(spec: Extract<RewardSpec, { type: T }>): Reward {
  return factories[spec.type](spec);
}
