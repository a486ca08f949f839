/** What the presets of rollouts say of the rest of a run, for the methods that they were made with. */
import { resolveReward } from '../rewards/index.js';
import type { Preset, RolloutSpec } from '../run/rollout.js';
import { POLICY_DEFAULTS } from './policy.js';

const { training, optimizer } = POLICY_DEFAULTS;

const ofPreset: { readonly [P in Preset]: typeof POLICY_DEFAULTS } = {
  bough: POLICY_DEFAULTS,
  // Equation 6 of arXiv 2507.19849: each trajectory's mean over its tokens counts the same, and the clip has no second bound. `advantage.attribution: hard` is its
  // other estimator; that of its experiments is the soft one.
  paper: { ...POLICY_DEFAULTS, training: { ...training, dual_clip: null, loss_aggregation: 'sequence' } },
  // The configuration of the released code: 128 prompts in mini-batches of 16, AdamW on all parameters.
  reference: {
    ...POLICY_DEFAULTS,
    reward: resolveReward({ type: 'arpo', fidelity: 'reference' }),
    optimizer: { ...optimizer, decay: 'all' },
    updates: 8,
  },
};

export function presetDefaults({ preset }: RolloutSpec): typeof POLICY_DEFAULTS {
  return ofPreset[preset];
}
