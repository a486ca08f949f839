/**
 * Agentic Entropy-Balanced Policy Optimization (arXiv 2510.14545), by ARPO's authors: ARPO whose rollouts and update are balanced by entropy. How many
 * trajectories start at the prompt and how likely forks in a row are is in `branching.ts`, the weight of uncertain tokens in `entropy-weight.ts`; here is the
 * clip, which keeps the gradient of what it clips from above.
 */
import { keptGradient, sumOf } from '../../engine/index.js';
import type { Algorithm } from './algorithm.js';
import { arpo } from './arpo.js';
import { clippedObjective } from './clipped-objective.js';
import type { TokenValue } from './credit.js';

export const aepo: Algorithm = {
  ...arpo,
  objective: (spec) => sumOf<TokenValue>(clippedObjective(spec), keptGradient(spec.training.clip_high)),
};
