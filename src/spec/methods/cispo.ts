import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { training } = POLICY_DEFAULTS;

export const cispo = policyMethod({
  name: 'cispo',
  title: 'CISPO, Clipped Importance Sampling Policy Optimization',
  summary: 'Clips the importance weight and not the update, so that clipped tokens keep their gradient.',
  arxiv: '2506.13585',
  // The paper gives the upper bound no number; 5 is that of "The Art of Scaling Reinforcement Learning Compute for LLMs" (arXiv 2510.13786).
  defaults: { ...POLICY_DEFAULTS, training: { ...training, clip_low: 1, clip_high: 4, dual_clip: null } },
  forks: false,
  unused: ['dual_clip'],
});
