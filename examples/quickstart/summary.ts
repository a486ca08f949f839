/** The figures of a quickstart as the object that `--json` writes. */
import { decodings, type Decoding } from '../support/evaluate.js';
import { stages, type Stage } from './recipe.js';
import type { Outcome } from './scenario.js';

type ExactMatch = Record<Stage, number | null>;

export interface Summary {
  /** From the start of the command, installing and building included. */
  total_seconds: number;
  method: string;
  /** Shares of the held-out questions, 0 to 1; null when nothing could be scored. */
  exact_match: ExactMatch;
  sampled_exact_match: ExactMatch;
  held_out_questions: number;
  /** Of the policy run. */
  tool_calls: number;
  tool_calls_linear_equivalent: number;
  runs: { id: string; method: string; seconds: number; trained_tokens: number; sampled_tokens: number }[];
  /** The trained agent's, with the sha256 of its weights. */
  checkpoint: { id: string; sha256: string };
}

export function summary({ method, task, scores, coldStart, policy, weights }: Outcome, totalSeconds: number): Summary {
  const { greedy, sampled } = Object.fromEntries(
    decodings.map((decoding) => [
      decoding,
      Object.fromEntries(stages.map((stage) => [stage, scores[stage][decoding].aggregates.exact_match.mean])),
    ]),
  ) as Record<Decoding, ExactMatch>;
  const { usage } = policy.run;
  return {
    total_seconds: rounded(totalSeconds),
    method,
    exact_match: greedy,
    sampled_exact_match: sampled,
    held_out_questions: task.heldOut.length,
    tool_calls: usage.tool_calls,
    tool_calls_linear_equivalent: usage.tool_calls_linear_equivalent,
    runs: [coldStart, policy].map(({ run, seconds }) => ({
      id: run.id,
      method: run.method,
      seconds: rounded(seconds),
      trained_tokens: run.usage.trained_tokens,
      sampled_tokens: run.usage.sampled_tokens,
    })),
    checkpoint: { id: policy.checkpoint.id, sha256: weights.sha256 },
  };
}

/** To tenths. */
function rounded(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}
