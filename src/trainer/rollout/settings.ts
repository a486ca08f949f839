/** How trajectories are sampled, in the scheduler's own words. Made from a run's or an evaluation's spec; decides nothing. */
import type { BranchingRule } from '../algorithms/branching.js';
import type { ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';
import type { RolloutSpec } from '../../spec/run/rollout.js';

export interface RolloutSettings {
  /** Trajectories per prompt. */
  groupSize: number;
  /** Those that start at the prompt before any branch; the rest fork, or fill up when all have ended. */
  initial: number;
  /** How the rest starts where too few forks happened: one after the other, each of which may fork, or all at once. */
  fill: RolloutSpec['fill'];
  /** null: nothing forks. */
  branching: BranchingRule | null;
  /** k: tokens over which a segment's entropy is measured. */
  probeTokens: number;
  /** 0 is greedy. */
  temperature: number;
  topP: number;
  /** Of all that follows the prompt, tool results included. */
  maxResponseTokens: number;
  /** Of one tool result, tags included. */
  maxResultTokens: number;
  /** Put before each tool result. */
  resultPrefix: string;
  /** How often a tool is called while its result is empty. */
  emptyResultAttempts: number;
  toolCallLimit: number;
  /** Of one turn; null: as many as the trajectory may. */
  maxCallsPerTurn: number | null;
  /** Whether a call beyond the limit is followed by the end token before it ends its trajectory. */
  endsAtCallLimit: boolean;
  /** How a token's entropy is measured. */
  entropy: RolloutSpec['entropy'];
}

const PROBE_TOKENS = 20;

/**
 * Rollouts to learn from.
 * @param branching null: all trajectories start at the prompt
 */
export function trainingSettings(rollout: RolloutSpec, branching: BranchingRule | null): RolloutSettings {
  return {
    groupSize: rollout.group_size,
    initial: branching ? rollout.initial : rollout.group_size,
    fill: rollout.fill,
    branching,
    probeTokens: rollout.probe_tokens,
    temperature: rollout.temperature,
    topP: rollout.top_p,
    maxResponseTokens: rollout.max_response_tokens,
    maxResultTokens: rollout.max_result_tokens,
    resultPrefix: rollout.result_prefix === 'space' ? ' ' : '',
    emptyResultAttempts: rollout.empty_result_attempts,
    toolCallLimit: rollout.tool_call_limit,
    maxCallsPerTurn: rollout.max_tool_calls_per_turn,
    endsAtCallLimit: rollout.at_call_limit === 'append_end',
    entropy: rollout.entropy,
  };
}

/** One greedy answer per question under the limits of training. */
export function greedySettings(rollout: RolloutSpec): RolloutSettings {
  return { ...trainingSettings(rollout, null), groupSize: 1, initial: 1, temperature: 0, topP: 1 };
}

/** Independent answers. */
export function evaluationSettings(sampling: ResolvedEvaluationSpec['sampling']): RolloutSettings {
  return {
    groupSize: sampling.samples,
    initial: sampling.samples,
    fill: 'at_once',
    branching: null,
    probeTokens: PROBE_TOKENS,
    temperature: sampling.temperature,
    topP: sampling.top_p,
    maxResponseTokens: sampling.max_response_tokens,
    maxResultTokens: sampling.max_result_tokens,
    resultPrefix: '',
    emptyResultAttempts: 1,
    toolCallLimit: sampling.tool_call_limit,
    maxCallsPerTurn: sampling.max_tool_calls_per_turn,
    endsAtCallLimit: false,
    entropy: 'full',
  };
}
