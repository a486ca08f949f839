/** Keeps the policy near a reference. */
import { Constant, Exp, Mul, Sub } from '../../graph/ops.js';
import { clip, sumAll } from '../../nn/elementwise.js';
import type { Objective } from '../objective.js';

/**
 * coefficient · Σ weight · KL to a reference policy by Schulman's k3 estimator e^d - d - 1, d = reference - log p, both clipped as in verl so that a
 * far reference overflows nothing; the gradient is zero where a clip acts.
 */
export function kl(coefficient: number): Objective<'weights' | 'referenceLogprobs'> {
  return {
    key: 'kl',
    values: ['weights', 'referenceLogprobs'],
    settings: { kl_coefficient: coefficient },
    entropies: false,
    needsAdvantage: false,
    metrics: { kl_to_reference: 'weighted mean' },
    build({ logprob }, { value, setting }) {
      const d = clip(Sub(value('referenceLogprobs'), logprob), Constant(-20), Constant(20));
      const k3 = clip(Sub(Sub(Exp(d), d), Constant(1)), Constant(-10), Constant(10));
      const sum = sumAll(Mul(value('weights'), k3));
      return { loss: Mul(setting('kl_coefficient'), sum), sums: { kl_to_reference: sum } };
    },
  };
}
