/**
 * A loss that couples tokens far apart, say by the ratio of a whole sequence, as what it is near the policy at hand: its value and its slope in the
 * log-probability of each target, both computed outside. The gradient is exact.
 */
import { Add, Mul, StopGradient, Sub } from '../graph/ops.js';
import { sumAll } from '../nn/elementwise.js';
import type { Objective } from './objective.js';

/** Σ [loss + slope (log p - sg[log p])]: each target's share of the loss, and d loss / d log p. */
export const linearised: Objective<'slopes' | 'losses'> = {
  key: 'linearised',
  values: ['slopes', 'losses'],
  settings: {},
  entropies: false,
  needsAdvantage: false,
  metrics: {},
  build({ logprob }, { value }) {
    const change = Mul(value('slopes'), Sub(logprob, StopGradient(logprob)));
    return { loss: sumAll(Add(value('losses'), change)), sums: {} };
  },
};

/** The same of a policy's loss. clip_fraction is the share of `clippedCopies` in the copies. */
export const surrogate: Objective<'slopes' | 'losses' | 'clippedCopies'> = {
  ...linearised,
  key: 'surrogate',
  values: [...linearised.values, 'clippedCopies'],
  entropies: true,
  needsAdvantage: true,
  metrics: { pg_loss: 'sum', clip_fraction: 'mean over copies' },
  build(targets, inputs) {
    const { loss } = linearised.build(targets, inputs);
    return { loss, sums: { pg_loss: loss, clip_fraction: sumAll(inputs.value('clippedCopies')) } };
  },
};
