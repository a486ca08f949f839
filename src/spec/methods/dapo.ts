import { POLICY_DEFAULTS, policyMethod } from './policy.js';

const { advantage, training } = POLICY_DEFAULTS;

export const dapo = policyMethod({
  name: 'dapo',
  title: 'DAPO, Decoupled Clip and Dynamic Sampling Policy Optimization',
  summary:
    'GRPO with a higher upper clip, a mean over tokens, groups without spread replaced by those of new prompts, and a penalty for overlong responses.',
  arxiv: '2503.14476',
  // The paper's cache is a fifth of the longest response.
  defaults: ({ max_response_tokens: longest }) => ({
    ...POLICY_DEFAULTS,
    advantage: { ...advantage, zero_variance: 'replace', overlong_tokens: Math.max(1, Math.floor(longest / 5)) },
    training: { ...training, clip_low: 0.2, clip_high: 0.28, dual_clip: null, loss_aggregation: 'token' },
  }),
  forks: false,
});
