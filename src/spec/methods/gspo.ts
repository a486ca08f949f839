import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { training } = POLICY_DEFAULTS;

export const gspo = policyMethod({
  name: 'gspo',
  title: 'GSPO, Group Sequence Policy Optimization',
  summary:
    "GRPO with one importance ratio, and one clip, for each trajectory's whole response; with `advantage.step_weight` or `entropy_weight` it is GSPO-token.",
  arxiv: '2507.18071',
  defaults: {
    ...POLICY_DEFAULTS,
    training: { ...training, clip_low: 3e-4, clip_high: 4e-4, dual_clip: null, loss_aggregation: 'sequence' },
  },
  forks: false,
  unused: ['dual_clip'],
});
