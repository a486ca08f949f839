/** Group Relative Policy Optimization (arXiv 2402.03300): independent trajectories, each as much better than its group as its reward says. */
import { groupAdvantages } from './advantages.js';
import type { Algorithm } from './algorithm.js';
import { clippedObjective } from './clipped-objective.js';
import { creditTrees } from './credit.js';

export const grpo: Algorithm = {
  branching: () => null,
  advantages: (groups, { advantage }) =>
    groups.map(({ rewards_G }) => groupAdvantages(rewards_G, advantage.zero_variance)),
  credit: (trees, { training, advantage }) => creditTrees(trees, training.loss_aggregation, advantage.attribution),
  objective: clippedObjective,
};
