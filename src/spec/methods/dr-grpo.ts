import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { advantage, training } = POLICY_DEFAULTS;

export const drGrpo = policyMethod({
  name: 'dr_grpo',
  title: 'Dr. GRPO, GRPO Done Right',
  summary: 'GRPO without the division by the standard deviation and by the length of responses.',
  arxiv: '2503.20783',
  defaults: {
    ...POLICY_DEFAULTS,
    advantage: { ...advantage, estimator: 'mean' },
    training: { ...training, dual_clip: null, loss_aggregation: 'constant' },
  },
  forks: false,
});
