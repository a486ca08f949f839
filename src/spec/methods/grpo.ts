import { policyMethod } from './policy.js';
import { presetDefaults } from './presets.js';

export const grpo = policyMethod({
  name: 'grpo',
  title: 'GRPO, Group Relative Policy Optimization',
  summary: "ARPO's loop without forks: all trajectories of a group start at the prompt.",
  arxiv: '2402.03300',
  defaults: presetDefaults,
  forks: false,
  takesPresets: true,
});
