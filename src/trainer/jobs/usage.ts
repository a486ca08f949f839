/** What rollouts cost, in the units of a run's usage. */
import type { RolloutUsage, UsageDelta } from '../../protocol/messages.js';
import { summaryTokens, tokenCounts, toolCalls, type Tree } from '../trees/tree.js';

/**
 * Prompts, and what agents that are outside put between answers, are counted once per tree, shared tokens and calls once, summaries with the call that they were
 * first written for.
 */
export function rolloutUsage(trees: readonly Tree[]): RolloutUsage {
  const usage = { prompt_tokens: 0, sampled_tokens: 0, tool_calls: 0, tool_calls_linear_equivalent: 0 };
  for (const tree of trees) {
    const leaves = tree.trajectories.map(({ leaf }) => leaf);
    const calls = toolCalls(tree);
    for (const { kind, tokens } of tree.segments) if (kind === 'prompt') usage.prompt_tokens += tokens.length;
    usage.sampled_tokens += tokenCounts(tree, leaves).uniqueTargets + summaryTokens(tree);
    usage.tool_calls += calls.made;
    usage.tool_calls_linear_equivalent += calls.linearEquivalent;
  }
  return usage;
}

/** Of a step before anything of it is done. */
export const noUsage = (): UsageDelta => ({
  ...rolloutUsage([]),
  trained_tokens: 0,
  unique_tokens: 0,
  evaluation: rolloutUsage([]),
});
