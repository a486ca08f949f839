/** Rewards of a step's groups to advantages of their trajectories. Not how they are spread over tokens: see `credit.ts`. Pure. */
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { modelTokens, responseTokens, type Tree } from '../trees/tree.js';

/** GRPO's guard against division by zero, as in verl. */
const EPSILON = 1e-6;

/** What became of a group: in one of `zero_variance` all rewards are equal, `skipped` has fewer than two scored trajectories. */
export type GroupOutcome = 'used' | 'zero_variance' | 'skipped';

export interface GroupAdvantages {
  outcome: GroupOutcome;
  /** Null where a trajectory takes no part in the update. */
  advantages_G: (number | null)[];
}

/** A prompt's trajectories with their rewards; null where there is none: a tool or judge could not work, or the trajectory is masked. */
export interface RewardedTree {
  tree: Pick<Tree, 'segments' | 'trajectories'>;
  rewards_G: readonly (number | null)[];
}

type AdvantageSpec = PolicyRunSpec['advantage'];

interface Estimator {
  /** What a reward counts in its group: of n rewards with that mean and standard deviation (ddof 1). */
  within: (reward: number, group: { mean: number; std: number; n: number }) => number;
  /** Whether the results are normalised once more, over all tokens that the policy wrote in the step. */
  isBatchNormalised: boolean;
}

const estimators: { readonly [E in AdvantageSpec['estimator']]: Estimator } = {
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

/** Mean and standard deviation (ddof 1) of values with weights that count how often each occurs. */
function spread(values: readonly number[], counts?: readonly number[]): { mean: number; std: number; n: number } {
  const times = (i: number) => counts?.[i] ?? 1;
  const n = values.reduce((sum, _, i) => sum + times(i), 0);
  const mean = values.reduce((sum, x, i) => sum + times(i) * x, 0) / n;
  const squares = values.reduce((sum, x, i) => sum + times(i) * (x - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (n - 1)), n };
}

/**
 * Advantages of all groups of a step, by the specification's estimator over the scored trajectories. A group with fewer than two of them is skipped. Where all
 * rewards of a group are equal, `zero_variance` says whether its trajectories count in the loss all the same (`keep`) or are left out (`drop`, and what of
 * `replace` is left).
 */
export function advantagesOf(
  groups: readonly RewardedTree[],
  { advantage, rollout }: Pick<PolicyRunSpec, 'advantage' | 'rollout'>,
): GroupAdvantages[] {
  const estimator = estimators[advantage.estimator];
  const estimated = groups.map((group) => {
    const rewards_G = shapedRewards(group, advantage, rollout.max_response_tokens);
    return groupAdvantages(rewards_G, estimator, advantage.zero_variance);
  });
  return estimator.isBatchNormalised ? batchNormalised(groups, estimated) : estimated;
}

/** Whether at least two trajectories of a group have rewards, and all the same. */
export function isFlat(rewards_G: readonly (number | null)[]): boolean {
  const scored = rewards_G.filter((reward) => reward !== null);
  return scored.length > 1 && scored.every((reward) => reward === scored[0]);
}

function groupAdvantages(
  rewards_G: readonly (number | null)[],
  { within }: Estimator,
  zeroVariance: AdvantageSpec['zero_variance'],
): GroupAdvantages {
  const scored = rewards_G.filter((reward) => reward !== null);
  if (scored.length < 2) return { outcome: 'skipped', advantages_G: rewards_G.map(() => null) };
  const flat = isFlat(rewards_G);
  if (flat && zeroVariance !== 'keep') return { outcome: 'zero_variance', advantages_G: rewards_G.map(() => null) };
  // Exact, which the sum of equal numbers over their count need not be.
  const group = flat ? { mean: scored[0]!, std: 0, n: scored.length } : spread(scored);
  const advantages_G = rewards_G.map((reward) => (reward === null ? null : within(reward, group)));
  return { outcome: flat ? 'zero_variance' : 'used', advantages_G };
}

/** (A - mean) / std over the copied tokens that the policy wrote, as verl whitens: a long trajectory counts more. */
function batchNormalised(groups: readonly RewardedTree[], estimated: readonly GroupAdvantages[]): GroupAdvantages[] {
  const values: number[] = [];
  const counts: number[] = [];
  estimated.forEach(({ advantages_G }, g) => {
    const { tree } = groups[g]!;
    advantages_G.forEach((advantage, i) => {
      if (advantage === null) return;
      values.push(advantage);
      counts.push(modelTokens(tree, tree.trajectories[i]!.leaf));
    });
  });
  const { mean, std } = spread(values, counts);
  const normalised = (advantage: number | null) => (advantage === null ? null : (advantage - mean) / (std + EPSILON));
  return estimated.map((group) => ({ ...group, advantages_G: group.advantages_G.map(normalised) }));
}

/** With DAPO's penalty for overlong responses where the specification has one. */
function shapedRewards(
  { tree, rewards_G }: RewardedTree,
  { overlong_tokens: cache }: AdvantageSpec,
  maxTokens: number,
): readonly (number | null)[] {
  if (cache === null) return rewards_G;
  return rewards_G.map((reward, i) => {
    if (reward === null) return null;
    return reward + overlongPenalty(responseTokens(tree, tree.trajectories[i]!.leaf), maxTokens, cache);
  });
}

/** DAPO's soft punishment (arXiv 2503.14476, equation 13): 0 up to `maxTokens - cache` tokens, then falling in a line to -1 at `maxTokens`. */
export function overlongPenalty(tokens: number, maxTokens: number, cache: number): number {
  return Math.max(-1, Math.min(0, (maxTokens - cache - tokens) / cache));
}
