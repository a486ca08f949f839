/** Group Relative Policy Optimization (arXiv 2402.03300): independent trajectories, each as much better than its group as its reward says. */
import { advantagesOf } from './advantages.js';
import type { Algorithm } from './algorithm.js';
import { clippedObjective } from './clipped-objective.js';
import { creditTrees } from './credit.js';

export const grpo: Algorithm = {
  branching: () => null,
  advantages: advantagesOf,
  credit: creditTrees,
  objective: clippedObjective,
};
