/** PPO's clipped objective (arXiv 1707.06347) with dual clip (arXiv 1912.09729), on unique tokens. */
import type { Node } from '../graph/node.js';
import { Add, Maximum, Minimum, Mul, Neg } from '../graph/ops.js';
import { exceeds, sumAll } from '../nn/elementwise.js';
import type { Objective } from './objective.js';
import { importanceRatio } from './ratio.js';

export interface ClipBounds {
  /** The ratio counts within [1 - clipLow, 1 + clipHigh]. */
  clipLow: number;
  clipHigh: number;
  /** Where the advantage is negative, a ratio above this counts as this; null: no dual clip. */
  dualClip: number | null;
}

/** Stands for no dual clip: no ratio reaches it. */
const NO_CAP = 1e30;

/**
 * r = exp(log p - old), -Σ [A⁺ min(r, 1 + high) + A⁻ min(max(r, 1 - low), c)]. A⁺ (`positive`) and A⁻ (`negative`) sum the positive and the negative
 * advantages of all trajectories through a token, each with its weight, which is exactly the loss of the separate copies: max(-A r, -A clip(r)), at most
 * -A c for A < 0. `positiveCopies` and `negativeCopies` count those trajectories; clip_fraction and dual_clip_fraction are shares of copied tokens.
 */
export function ppoClip({
  clipLow,
  clipHigh,
  dualClip,
}: ClipBounds): Objective<'oldLogprobs' | 'positive' | 'negative' | 'positiveCopies' | 'negativeCopies'> {
  return {
    key: 'ppo-clip',
    values: ['oldLogprobs', 'positive', 'negative', 'positiveCopies', 'negativeCopies'],
    settings: { ratio_low: 1 - clipLow, ratio_high: 1 + clipHigh, ratio_cap: dualClip ?? NO_CAP },
    entropies: true,
    needsAdvantage: true,
    metrics: { pg_loss: 'sum', clip_fraction: 'mean over copies', dual_clip_fraction: 'mean over copies' },
    build({ logprob }, { value, setting }) {
      const [low, high, cap] = ['ratio_low', 'ratio_high', 'ratio_cap'].map(setting) as [Node, Node, Node];
      const ratio = importanceRatio(logprob, value('oldLogprobs'));
      const raised = Maximum(ratio, low);
      const gained = Mul(value('positive'), Minimum(ratio, high));
      const lost = Mul(value('negative'), Minimum(raised, cap));
      const loss = Neg(sumAll(Add(gained, lost)));
      const clipped = Add(
        Mul(value('positiveCopies'), exceeds(ratio, high)),
        Mul(value('negativeCopies'), exceeds(low, ratio)),
      );
      const capped = Mul(value('negativeCopies'), exceeds(raised, cap));
      return {
        loss,
        sums: { pg_loss: loss, clip_fraction: sumAll(clipped), dual_clip_fraction: sumAll(capped) },
      };
    },
  };
}
