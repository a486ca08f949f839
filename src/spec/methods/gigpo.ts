import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { advantage } = POLICY_DEFAULTS;

export const gigpo = policyMethod({
  name: 'gigpo',
  title: 'GiGPO, Group-in-Group Policy Optimization',
  summary: 'GRPO with a second advantage for each step, among steps of the group that have just read the same.',
  arxiv: '2505.10978',
  defaults: { ...POLICY_DEFAULTS, advantage: { ...advantage, step_weight: 1 } },
  forks: false,
});
