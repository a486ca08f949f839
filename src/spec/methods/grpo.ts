import { POLICY_DEFAULTS, policyMethod } from './policy.js';

export const grpo = policyMethod({
  name: 'grpo',
  title: 'GRPO, Group Relative Policy Optimization',
  summary: "ARPO's loop without forks: all trajectories of a group start at the prompt.",
  arxiv: '2402.03300',
  defaults: POLICY_DEFAULTS,
  forks: false,
});
