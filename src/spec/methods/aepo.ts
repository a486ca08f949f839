import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { advantage } = POLICY_DEFAULTS;

export const aepo = policyMethod({
  name: 'aepo',
  title: 'AEPO, Agentic Entropy-Balanced Policy Optimization',
  summary:
    'ARPO with as many first rollouts as their entropies ask for, fewer forks in a row, more weight on uncertain tokens, and a clip that leaves them their gradient.',
  arxiv: '2510.14545',
  // The paper gives neither κ nor the penalty a number that we know of; the released code subtracts 5% for each fork in a row, and weighs entropy with 0.2.
  defaults: { ...POLICY_DEFAULTS, advantage: { ...advantage, entropy_weight: 0.2 } },
  rollout: { starts: 'entropy', branch_factor: 1, repeat_penalty: 0.05 },
  forks: true,
});
