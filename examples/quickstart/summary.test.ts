import { expect, test } from 'vitest';
import type { Evaluated, Scores } from '../support/evaluate.js';
import type { FinishedRun } from '../support/train.js';
import type { Outcome } from './scenario.js';
import { summary } from './summary.js';
import { fullCurriculum } from './task/curriculum.js';
import { makeTask } from './task/quickstart-task.js';

const evaluated = (mean: number | null): Evaluated => {
  const nothing = { mean: null, standard_error: null };
  const counts = { num_items: 200, num_questions: 200, num_infra_error: 0, pass_at_k: {} };
  const exact_match = { mean, standard_error: 0.02 };
  const aggregates = { ...counts, exact_match, reward: nothing, format_valid: nothing, tool_calls: nothing };
  return { id: 'eval_1', aggregates };
};

const scores = (greedy: number | null, sampled: number): Scores => ({
  greedy: evaluated(greedy),
  sampled: evaluated(sampled),
});

const finished = (method: string, seconds: number, toolCalls: number): FinishedRun => {
  const usage = {
    trained_tokens: 1000,
    sampled_tokens: toolCalls,
    tool_calls: toolCalls,
    tool_calls_linear_equivalent: toolCalls + 5,
  };
  return { run: { id: `run_${method}`, method, usage }, seconds, checkpoint: { id: `ckpt_${method}` } } as FinishedRun;
};

const outcome: Outcome = {
  method: 'arpo',
  task: makeTask(0, { ...fullCurriculum, steps: 1 }),
  datasets: { texts: 'ds_1', lessons: 'ds_2', questions: 'ds_3', heldOut: 'ds_4', corpus: 'ds_5' },
  scores: { untrained: scores(null, 0), cold_start: scores(0.31, 0.2), trained: scores(0.945, 0.8) },
  coldStart: finished('sft', 112.345, 0),
  policy: finished('arpo', 60, 20),
  rewards: [0.1, 0.9],
  answers: { cold_start: [], trained: [] },
  weights: { path: 'model.safetensors', sha256: 'abc', sizeBytes: 3 },
};

test('the figures are written under the names that scripts read', () => {
  expect(summary(outcome, 300.04)).toEqual({
    total_seconds: 300,
    method: 'arpo',
    exact_match: { untrained: null, cold_start: 0.31, trained: 0.945 },
    sampled_exact_match: { untrained: 0, cold_start: 0.2, trained: 0.8 },
    held_out_questions: 200,
    tool_calls: 20,
    tool_calls_linear_equivalent: 25,
    runs: [
      { id: 'run_sft', method: 'sft', seconds: 112.3, trained_tokens: 1000, sampled_tokens: 0 },
      { id: 'run_arpo', method: 'arpo', seconds: 60, trained_tokens: 1000, sampled_tokens: 20 },
    ],
    checkpoint: { id: 'ckpt_arpo', sha256: 'abc' },
  });
});
