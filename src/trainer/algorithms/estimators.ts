/** How values of a group become advantages over each other: the rules, and the statistics that they take. Pure. */
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { Tree } from '../trees/tree.js';

/** GRPO's guard against division by zero, as in verl. */
export const EPSILON = 1e-6;

/** A prompt's trajectories with their rewards; null where there is none: a tool or judge could not work, or the trajectory is masked. */
export interface RewardedTree {
  tree: Pick<Tree, 'segments' | 'trajectories'>;
  rewards_G: readonly (number | null)[];
  /** log π - log π_ref of each token of the segments that the policy wrote, by their index, π being the policy that sampled; where the reward takes it. */
  kl?: ReadonlyMap<number, Float32Array>;
}

export type AdvantageSpec = PolicyRunSpec['advantage'];

export interface Estimator {
  /** What a reward counts in its group: of n rewards with that mean and standard deviation (ddof 1). */
  within: (reward: number, group: { mean: number; std: number; n: number }) => number;
  /** Whether the results are normalised once more, over all tokens that the policy wrote in the step. */
  isBatchNormalised: boolean;
}

export const estimators: { readonly [E in AdvantageSpec['estimator']]: Estimator } = {
  // GRPO (arXiv 2402.03300).
  grpo: { within: (reward, { mean, std }) => (reward - mean) / (std + EPSILON), isBatchNormalised: false },
  // Dr. GRPO (arXiv 2503.20783).
  mean: { within: (reward, { mean }) => reward - mean, isBatchNormalised: false },
  // RLOO (arXiv 2402.14740): R - mean of the n - 1 others.
  leave_one_out: { within: (reward, { mean, n }) => ((reward - mean) * n) / (n - 1), isBatchNormalised: false },
  // REINFORCE++ (arXiv 2501.03262), and its variant with the group's mean as the baseline.
  batch: { within: (reward) => reward, isBatchNormalised: true },
  mean_then_batch: { within: (reward, { mean }) => reward - mean, isBatchNormalised: true },
};

/** Mean and standard deviation (ddof 1; 0 of a single value) of values with weights that count how often each occurs. */
export function spread(
  values: readonly number[],
  counts?: readonly number[],
): { mean: number; std: number; n: number } {
  const times = (i: number) => counts?.[i] ?? 1;
  const n = values.reduce((sum, _, i) => sum + times(i), 0);
  const mean = values.reduce((sum, x, i) => sum + times(i) * x, 0) / n;
  const squares = values.reduce((sum, x, i) => sum + times(i) * (x - mean) ** 2, 0);
  return { mean, std: n > 1 ? Math.sqrt(squares / (n - 1)) : 0, n };
}

/** Values against each other by an estimator's rule within a group; one that is alone, or equal to all others, is 0. */
export function compare(values: readonly number[], estimator: AdvantageSpec['estimator']): number[] {
  if (values.length < 2 || values.every((value) => value === values[0])) return values.map(() => 0);
  const group = spread(values);
  return values.map((value) => estimators[estimator].within(value, group));
}

/** Whether at least two trajectories of a group have rewards, and all the same. */
export function isFlat(rewards_G: readonly (number | null)[]): boolean {
  const scored = rewards_G.filter((reward) => reward !== null);
  return scored.length > 1 && scored.every((reward) => reward === scored[0]);
}
