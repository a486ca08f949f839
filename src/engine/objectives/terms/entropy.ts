/** Rewards uncertainty: -coefficient · Σ weight · H. */
import { Mul, Neg } from '../../graph/ops.js';
import { sumAll } from '../../nn/elementwise.js';
import type { Objective } from '../objective.js';

export function entropyBonus(coefficient: number): Objective<'weights'> {
  return {
    key: 'entropy',
    values: ['weights'],
    settings: { entropy_coefficient: coefficient },
    entropies: true,
    needsAdvantage: false,
    metrics: {},
    build({ entropy }, { value, setting }) {
      return { loss: Neg(Mul(setting('entropy_coefficient'), sumAll(Mul(value('weights'), entropy)))), sums: {} };
    },
  };
}
