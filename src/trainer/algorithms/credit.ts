/**
 * Advantages of trajectories to credit of segments. Tokens of one segment lie on the same trajectories, so they share one credit unless advantages differ
 * from token to token; the clipped objective summed over those trajectories needs A+ and A- only. Pure.
 */
import type { Objective } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { modelTokens, pathTo, tokenCounts, type Tree } from '../trees/tree.js';

type Attribution = PolicyRunSpec['advantage']['attribution'];
type Aggregation = PolicyRunSpec['training']['loss_aggregation'];

/** What of a specification says how credit is given. */
export interface CreditSpec {
  advantage: Pick<PolicyRunSpec['advantage'], 'attribution'>;
  rollout: Pick<PolicyRunSpec['rollout'], 'max_response_tokens'>;
  training: Pick<PolicyRunSpec['training'], 'loss_aggregation'>;
}

/** What is known of each target token before the policy is asked again, and may go into an objective. */
export type CreditValue =
  'oldLogprobs' | 'positive' | 'negative' | 'weights' | 'copies' | 'positiveCopies' | 'negativeCopies';

/** What depends on the policy as it is before the update. */
export type SurrogateValue = 'slopes' | 'losses' | 'clippedCopies';

/** All that an update can give an objective of each target token. */
export type TokenValue = CreditValue | SurrogateValue | 'referenceLogprobs';

/** What is added to each trajectory's advantage in single segments, by their index, or at each of a segment's tokens; null where it takes no part. */
export type AddedAdvantages = readonly (ReadonlyMap<number, number | Float64Array> | null)[];

/** A tree whose trajectories have advantages; null where a trajectory takes no part. */
export interface CreditedTree {
  tree: Pick<Tree, 'segments' | 'trajectories'>;
  advantages_G: readonly (number | null)[];
  /** Absent where a trajectory has one advantage for all of its tokens. */
  added_G?: AddedAdvantages | undefined;
}

export interface TokenCredit {
  /** A+: sum over the trajectories of weight x max(A, 0), already over the loss's denominator. */
  positive: number;
  /** A-: likewise of min(A, 0). */
  negative: number;
  /** Trajectories whose A is positive here, those whose A is negative. */
  positiveCopies: number;
  negativeCopies: number;
  /** Mean A of the trajectories through the token. */
  advantage: number;
}

export interface SegmentCredit {
  /** Summed weight, for the KL and entropy terms. */
  weight: number;
  /** Trajectories through the segment that take part. */
  copies: number;
  /** One for all tokens of the segment, or one for each. */
  tokens: readonly TokenCredit[];
}

/** Credit of the k-th token of a segment. */
export function tokenCredit({ tokens }: SegmentCredit, k: number): TokenCredit {
  return tokens[tokens.length === 1 ? 0 : k]!;
}

/** What is added to a trajectory's advantage at the k-th token of a segment. */
export function addedAt(added_G: AddedAdvantages | undefined, trajectory: number, segment: number, k: number): number {
  const added = added_G?.[trajectory]?.get(segment) ?? 0;
  return typeof added === 'number' ? added : added[k]!;
}

/** Leaves of the trajectories that take part. */
export function participants({ tree, advantages_G }: CreditedTree): number[] {
  return tree.trajectories.filter((_, i) => advantages_G[i] !== null).map((trajectory) => trajectory.leaf);
}

/** Whether the policy-gradient term has anything to say about the tree: some trajectory is better or worse than its group. */
export function hasAdvantage({ advantages_G, added_G = [] }: CreditedTree): boolean {
  const isNonZero = (added: number | Float64Array) =>
    typeof added === 'number' ? added !== 0 : added.some((value) => value !== 0);
  const isAdded = added_G.some((segments) => segments !== null && [...segments.values()].some(isNonZero));
  return isAdded || advantages_G.some((advantage) => advantage !== null && advantage !== 0);
}

/** Whether an objective learns anything from the tree: where no trajectory is better than another, only what needs no advantage is left of it. */
export function hasGradient(credited: CreditedTree, { needsAdvantage }: Objective): boolean {
  return hasAdvantage(credited) || (!needsAdvantage && participants(credited).length > 0);
}

export interface LossWeights {
  /** Weight of each token of a trajectory with this many model tokens. */
  weight: (modelTokens: number) => number;
  /** `token`: the copied model tokens of the batch. Else its trajectories, times the longest response for `constant`. */
  denominator: number;
}

/**
 * Weights under which the sum over all copied tokens of `trees` is: `token`, their mean (DAPO, verl); `sequence`, the mean over trajectories of each one's mean
 * (GRPO's paper); `sequence_sum`, the mean over trajectories of each one's sum (RLOO); `constant`, that over the longest response (Dr. GRPO).
 */
export function lossWeights(
  trees: readonly CreditedTree[],
  aggregation: Aggregation,
  maxResponseTokens: number,
): LossWeights {
  const leaves = trees.map(participants);
  if (aggregation === 'token') {
    const denominator = trees.reduce((sum, { tree }, i) => sum + tokenCounts(tree, leaves[i]!).copiedTargets, 0);
    return { denominator, weight: () => 1 / denominator };
  }
  const trajectories = leaves.reduce((sum, l) => sum + l.length, 0);
  const denominator = aggregation === 'constant' ? trajectories * maxResponseTokens : trajectories;
  const isMean = aggregation === 'sequence';
  return { denominator, weight: (tokens) => 1 / (isMean ? denominator * tokens : denominator) };
}

/** Credit of each segment of each tree, weighted over all of them. */
export function creditTrees(
  trees: readonly CreditedTree[],
  spec: CreditSpec,
): { denominator: number; segments: SegmentCredit[][] } {
  const { advantage, rollout, training } = spec;
  const weights = lossWeights(trees, training.loss_aggregation, rollout.max_response_tokens);
  return {
    denominator: weights.denominator,
    segments: trees.map((tree) => creditSegments(tree, weights, advantage.attribution)),
  };
}

/**
 * Credit of each segment. `soft`: every copy of a shared token keeps the A of its trajectory. `hard` (ARPO §3.2): a shared token has the
 * mean A of the trajectories through it, whatever their weights, so that positive and negative ones cancel before the clip acts.
 */
export function creditSegments(
  credited: CreditedTree,
  weights: LossWeights,
  attribution: Attribution,
): SegmentCredit[] {
  const { tree, advantages_G, added_G } = credited;
  const credit = tree.segments.map(({ tokens }, segment) => {
    const differ = added_G?.some((added) => typeof added?.get(segment) === 'object');
    return { weight: 0, copies: 0, tokens: Array.from({ length: differ ? tokens.length : 1 }, noCredit) };
  });
  tree.trajectories.forEach(({ leaf }, i) => {
    const whole = advantages_G[i];
    if (whole === null || whole === undefined) return;
    const weight = weights.weight(modelTokens(tree, leaf));
    for (const segment of pathTo(tree, leaf)) {
      const entry = credit[segment]!;
      entry.weight += weight;
      entry.copies += 1;
      entry.tokens.forEach((token, k) => {
        const advantage = whole + addedAt(added_G, i, segment, k);
        token.positive += weight * Math.max(advantage, 0);
        token.negative += weight * Math.min(advantage, 0);
        token.positiveCopies += advantage > 0 ? 1 : 0;
        token.negativeCopies += advantage < 0 ? 1 : 0;
        token.advantage += advantage;
      });
    }
  });
  for (const { weight, copies, tokens } of credit) {
    for (const token of tokens) {
      if (copies > 0) token.advantage /= copies;
      if (attribution === 'hard') shareMean(token, weight, copies);
    }
  }
  return credit;
}

const noCredit = (): TokenCredit => ({
  positive: 0,
  negative: 0,
  positiveCopies: 0,
  negativeCopies: 0,
  advantage: 0,
});

/** Every copy gets the mean: the whole sum is then of one sign. */
function shareMean(token: TokenCredit, weight: number, copies: number): void {
  const { advantage } = token;
  token.positive = weight * Math.max(advantage, 0);
  token.negative = weight * Math.min(advantage, 0);
  token.positiveCopies = advantage > 0 ? copies : 0;
  token.negativeCopies = advantage < 0 ? copies : 0;
}
