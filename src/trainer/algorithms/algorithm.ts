/**
 * What sets one method of learning from rewards apart from another: where its rollouts branch, what trajectories are worth, how that is credited to their
 * segments, and the objective. One value per method; the loops that sample and update ask nothing else of it.
 */
import type { Objective } from '../../engine/index.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import type { Tree } from '../trees/tree.js';
import type { GroupAdvantages } from './advantages.js';
import type { BranchingRule } from './branching.js';
import type { CreditedTree, SegmentCredit, TokenValue } from './credit.js';

/** A prompt's trajectories with their rewards; null where there is none: a tool or judge could not work, or the trajectory is masked. */
export interface RewardedTree {
  tree: Pick<Tree, 'segments' | 'trajectories'>;
  rewards_G: readonly (number | null)[];
}

/** The credit of each segment of each tree, already over the loss's denominator. */
export interface BatchCredit {
  denominator: number;
  segments: readonly (readonly SegmentCredit[])[];
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
}
