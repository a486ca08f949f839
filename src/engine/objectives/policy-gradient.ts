/** REINFORCE: the log-probability of what was sampled, weighted by its advantage, without a ratio. On unique tokens. */
import { Add, Mul, Neg } from '../graph/ops.js';
import { sumAll } from '../nn/elementwise.js';
import type { Objective } from './objective.js';

/** -Σ (A⁺ + A⁻) log p (Williams 1992; as RLOO has it, arXiv 2402.14740). True to the policy that sampled; for one update of a step. */
export const policyGradient: Objective<'positive' | 'negative'> = {
  key: 'policy-gradient',
  values: ['positive', 'negative'],
  settings: {},
  entropies: true,
  needsAdvantage: true,
  metrics: { pg_loss: 'sum' },
  build({ logprob }, { value }) {
    const loss = Neg(sumAll(Mul(Add(value('positive'), value('negative')), logprob)));
    return { loss, sums: { pg_loss: loss } };
  },
};
