import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { advantage, training } = POLICY_DEFAULTS;

export const rloo = policyMethod({
  name: 'rloo',
  title: 'RLOO, REINFORCE Leave-One-Out',
  summary: "Plain policy gradients; the baseline of a trajectory is the mean reward of its group's others.",
  arxiv: '2402.14740',
  defaults: {
    ...POLICY_DEFAULTS,
    advantage: { ...advantage, estimator: 'leave_one_out' },
    training: { ...training, dual_clip: null, loss_aggregation: 'sequence_sum' },
  },
  forks: false,
});
