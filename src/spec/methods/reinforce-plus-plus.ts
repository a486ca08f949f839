import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { advantage, training } = POLICY_DEFAULTS;

export const reinforcePlusPlus = policyMethod({
  name: 'reinforce++',
  title: 'REINFORCE++',
  summary:
    'Advantages are normalised over the whole batch; with `"estimator": "mean_then_batch"` its variant with the group\'s mean as a baseline.',
  arxiv: '2501.03262',
  defaults: {
    ...POLICY_DEFAULTS,
    advantage: { ...advantage, estimator: 'batch' },
    training: { ...training, dual_clip: null },
  },
  forks: false,
});
