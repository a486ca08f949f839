/** Agentic Reinforced Policy Optimization (arXiv 2507.19849): GRPO on trees, which branch where a tool's result has made the policy uncertain. */
import type { Algorithm } from './algorithm.js';
import { grpo } from './grpo.js';

export const arpo: Algorithm = {
  ...grpo,
  branching: ({ rollout }) => (rollout.initial < rollout.group_size ? rollout : null),
};
