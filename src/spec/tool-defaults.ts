/** Defaults of tools and rewards, the same for runs and for evaluations. */
import type { RewardSpec, ToolSpec } from './run-spec.js';

export function resolveTool(tool: ToolSpec): ToolSpec {
  switch (tool.type) {
    case 'python':
      return { timeout_s: 10, memory_mb: 256, ...tool };
    case 'search':
      return { top_k: 3, k1: 1.2, b: 0.75, ...tool };
    case 'mcp':
    case 'http':
      return tool;
  }
}

export function resolveReward(reward: RewardSpec): RewardSpec {
  return reward.type === 'arpo' ? { fidelity: 'bough', ...reward } : reward;
}
