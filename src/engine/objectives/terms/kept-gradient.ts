/** Leaves tokens that are clipped from above their gradient: a term beside PPO's clipped objective. */
import { Mul, Neg, StopGradient, Sub } from '../../graph/ops.js';
import { exceeds, sumAll } from '../../nn/elementwise.js';
import type { Objective } from '../objective.js';
import { importanceRatio } from '../ratio.js';

/**
 * Of value 0. Where r > 1 + high, min(r, 1 + high) A⁺ becomes (1 + high) r / sg[r] A⁺: it counts as much as before, and its gradient is that of (1 + high) A⁺ log p
 * instead of none. AEPO's entropy-balanced clip (arXiv 2510.14545, and `compute_policy_loss_entropy_balanced_clipping` of its code).
 */
export function keptGradient(clipHigh: number): Objective<'oldLogprobs' | 'positive'> {
  return {
    key: 'kept-gradient',
    values: ['oldLogprobs', 'positive'],
    settings: { kept_above: 1 + clipHigh },
    entropies: false,
    needsAdvantage: true,
    metrics: {},
    build({ logprob }, { value, setting }) {
      const high = setting('kept_above');
      const clipped = exceeds(importanceRatio(logprob, value('oldLogprobs')), high);
      const change = Sub(logprob, StopGradient(logprob));
      return { loss: Neg(Mul(high, sumAll(Mul(Mul(value('positive'), clipped), change)))), sums: {} };
    },
  };
}
