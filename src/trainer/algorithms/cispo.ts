/** Clipped Importance Sampling Policy Optimization (MiniMax-M1, arXiv 2506.13585): clips the weight of a token and not its update. */
import { cispo as cispoObjective } from '../../engine/index.js';
import type { Algorithm } from './algorithm.js';
import { withTerms } from './clipped-objective.js';
import { grpo } from './grpo.js';

export const cispo: Algorithm = {
  ...grpo,
  objective(spec) {
    const { clip_low: clipLow, clip_high: clipHigh } = spec.training;
    return withTerms(cispoObjective({ clipLow, clipHigh }), spec);
  },
};
