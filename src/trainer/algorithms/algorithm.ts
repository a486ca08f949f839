/**
 * What sets one method of learning from rewards apart from another: where its rollouts branch, what trajectories are worth, how that is credited to their
 * segments, and the objective. One value per method; the loops that sample and update ask nothing else of it.
 */
import type { Objective } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { GroupAdvantages } from './group-advantages.js';
import type { BranchingRule } from './branching.js';
import type { CreditedTree, SegmentCredit, SurrogateValue, TokenValue } from './credit.js';
import type { RewardedTree } from './estimators.js';

/** The credit of each segment of each tree, already over the loss's denominator. */
export interface BatchCredit {
  denominator: number;
  segments: readonly (readonly SegmentCredit[])[];
}

/** Trees that one pass takes, and what the policy says of their target tokens before the update. */
export interface SurrogatePart {
  trees: readonly CreditedTree[];
  /** All trees of the optimiser step, which share the loss's denominator. */
  group: readonly CreditedTree[];
  /** The target tokens [from, to) of each segment that has any, by its index in the tree; one map per tree. */
  spans: readonly ReadonlyMap<number, [from: number, to: number]>[];
  /** [P], under the policy as it is and under the one that sampled. */
  logprobs: Float32Array;
  oldLogprobs: Float32Array;
}

export interface Algorithm<Spec extends PolicyRunSpec = PolicyRunSpec> {
  /** null: nothing forks, and all trajectories start at the prompt. */
  branching(spec: Spec): BranchingRule | null;
  /** Advantages of the trajectories of a step's groups, in their order. */
  advantages(groups: readonly RewardedTree[], spec: Spec): GroupAdvantages[];
  /** Of the trees of one optimiser step, in their order. */
  credit(trees: readonly CreditedTree[], spec: Spec): BatchCredit;
  /** What the policy learns of the credited tokens. */
  objective(spec: Spec): Objective<TokenValue>;
  /** For an objective in which tokens are coupled: its value and slope at each token. Costs one more forward pass per update. */
  surrogate?: (part: SurrogatePart, spec: Spec) => Record<SurrogateValue, Float32Array>;
}
