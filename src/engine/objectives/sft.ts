/** Weighted negative log-likelihood: -Σ weight · log p. */
import { Mul, Neg } from '../graph/ops.js';
import { sumAll } from '../nn/elementwise.js';
import type { Objective } from './objective.js';

export const sft: Objective<'weights'> = {
  key: 'sft',
  values: ['weights'],
  settings: {},
  entropies: false,
  needsAdvantage: false,
  metrics: {},
  build: ({ logprob }, { value }) => ({ loss: Neg(sumAll(Mul(value('weights'), logprob))), sums: {} }),
};
