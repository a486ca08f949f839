import { policyMethod } from './policy.js';
import { presetDefaults } from './presets.js';

export const arpo = policyMethod({
  name: 'arpo',
  title: 'ARPO, Agentic Reinforced Policy Optimization',
  summary: 'Rollouts fork after tool results where entropy rises; presets `bough`, `paper` and `reference`.',
  arxiv: '2507.19849',
  defaults: presetDefaults,
  forks: true,
});
