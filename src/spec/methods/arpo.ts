import { POLICY_DEFAULTS, policyMethod } from './policy.js';

export const arpo = policyMethod({
  name: 'arpo',
  title: 'ARPO, Agentic Reinforced Policy Optimization',
  summary: 'Rollouts fork after tool results where entropy rises; presets `bough` and `paper`.',
  arxiv: '2507.19849',
  defaults: POLICY_DEFAULTS,
  forks: true,
});
