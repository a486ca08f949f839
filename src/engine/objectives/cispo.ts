/** CISPO (arXiv 2506.13585): the importance weight is clipped, not the update, so that clipped tokens keep their gradient. On unique tokens. */
import type { Node } from '../graph/node.js';
import { Add, Mul, Neg, StopGradient } from '../graph/ops.js';
import { clip, exceeds, sumAll } from '../nn/elementwise.js';
import type { Objective } from './objective.js';
import { importanceRatio } from './ratio.js';

export interface WeightBounds {
  /** The weight is at least 1 - clipLow; 1 is no lower bound. */
  clipLow: number;
  /** The weight is at most 1 + clipHigh. */
  clipHigh: number;
}

/**
 * r = exp(log p - old), -Σ (A⁺ + A⁻) sg[clip(r, 1 - low, 1 + high)] log p: linear in the advantages of the trajectories through a token, so that their sum
 * counts. clip_fraction is the share of copied tokens whose weight is clipped, whatever the sign of their advantage.
 */
export function cispo({
  clipLow,
  clipHigh,
}: WeightBounds): Objective<'oldLogprobs' | 'positive' | 'negative' | 'copies'> {
  return {
    key: 'cispo',
    values: ['oldLogprobs', 'positive', 'negative', 'copies'],
    settings: { weight_low: 1 - clipLow, weight_high: 1 + clipHigh },
    entropies: true,
    needsAdvantage: true,
    metrics: { pg_loss: 'sum', clip_fraction: 'mean over copies' },
    build({ logprob }, { value, setting }) {
      const [low, high] = ['weight_low', 'weight_high'].map(setting) as [Node, Node];
      const ratio = importanceRatio(logprob, value('oldLogprobs'));
      const weight = StopGradient(clip(ratio, low, high));
      const advantage = Add(value('positive'), value('negative'));
      const loss = Neg(sumAll(Mul(Mul(advantage, weight), logprob)));
      const clipped = Mul(value('copies'), Add(exceeds(ratio, high), exceeds(low, ratio)));
      return { loss, sums: { pg_loss: loss, clip_fraction: sumAll(clipped) } };
    },
  };
}
