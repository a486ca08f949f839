/**
 * REINFORCE Leave-One-Out (arXiv 2402.14740): plain policy gradients with the other trajectories' mean as the baseline. That is true to the policy that sampled;
 * where a step makes several updates, the ratio to it is clipped as in PPO.
 */
import { policyGradient } from '../../engine/index.js';
import type { Algorithm } from './algorithm.js';
import { clippedObjective, withTerms } from './clipped-objective.js';
import { grpo } from './grpo.js';

export const rloo: Algorithm = {
  ...grpo,
  objective(spec) {
    const { epochs, mini_batch_prompts, prompts_per_step } = spec.training;
    const isOneUpdate = epochs === 1 && mini_batch_prompts >= prompts_per_step;
    return isOneUpdate ? withTerms(policyGradient, spec) : clippedObjective(spec);
  },
};
