/** The figures of the example as the object that `--json` writes. */
import { decodings, type Aggregates, type Decoding } from '../support/evaluate.js';
import { noteOf } from './known-weights.js';
import { stages, type Stage } from './recipe.js';
import type { Outcome } from './scenario.js';

type Figures = Pick<Aggregates, 'format_valid' | 'reward' | 'exact_match' | 'tool_calls'>;

export interface Summary {
  /** From the start of the command, installing and building included. */
  total_seconds: number;
  model: { name: string; parameters: number | null; note: string | null };
  questions: string;
  held_out_questions: number;
  demonstrations: number;
  /** Means with standard errors. */
  scores: Record<Stage, Record<Decoding, Figures>>;
  /** Mean reward of each step of ARPO. */
  rewards: readonly number[];
  runs: {
    id: string;
    method: string;
    seconds: number;
    sample_seconds: number;
    update_seconds: number;
    steps: number;
    unique_tokens: number;
    sampled_tokens: number;
    tool_calls: number;
    tool_calls_linear_equivalent: number;
  }[];
  /** The trained model's, with the sha256 of its weights. */
  checkpoint: { id: string; sha256: string };
}

/** @param questions where they come from, in words */
export function summary(outcome: Outcome, questions: string, totalSeconds: number): Summary {
  const { model, task, scores, coldStart, policy, rewards, weights } = outcome;
  const figures = (stage: Stage) =>
    Object.fromEntries(
      decodings.map((decoding): [Decoding, Figures] => {
        const { format_valid, reward, exact_match, tool_calls } = scores[stage][decoding].aggregates;
        return [decoding, { format_valid, reward, exact_match, tool_calls }];
      }),
    ) as Record<Decoding, Figures>;
  return {
    total_seconds: rounded(totalSeconds),
    model: { name: model.name, parameters: model.parameters, note: noteOf(model) },
    questions,
    held_out_questions: task.heldOut.length,
    demonstrations: task.demonstrations.length,
    scores: Object.fromEntries(stages.map((stage) => [stage, figures(stage)])) as Summary['scores'],
    rewards,
    runs: [coldStart, policy].map(({ run, seconds, sampleSeconds, updateSeconds }) => ({
      id: run.id,
      method: run.method,
      seconds: rounded(seconds),
      sample_seconds: rounded(sampleSeconds),
      update_seconds: rounded(updateSeconds),
      steps: run.progress.step,
      unique_tokens: run.usage.unique_tokens,
      sampled_tokens: run.usage.sampled_tokens,
      tool_calls: run.usage.tool_calls,
      tool_calls_linear_equivalent: run.usage.tool_calls_linear_equivalent,
    })),
    checkpoint: { id: policy.checkpoint.id, sha256: weights.sha256 },
  };
}

/** To tenths. */
function rounded(seconds: number): number {
  return Math.round(10 * seconds) / 10;
}
