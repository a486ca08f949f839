import { expect, test } from 'vitest';
import type { Aggregates, EvaluationItem, Evaluated } from '../support/evaluate.js';
import { noteOf } from './known-weights.js';
import { stages } from './recipe.js';
import { report } from './report.js';
import type { Outcome, TimedRun } from './scenario.js';
import { summary } from './summary.js';

const mean = (value: number | null) => ({ mean: value, standard_error: value === null ? null : 0.05 });
const evaluated = (reward: number, infraErrors = 0): Evaluated => {
  const exact_match = mean(Math.max(reward, 0));
  const aggregates: Aggregates = {
    num_items: 2,
    num_questions: 2,
    num_infra_error: infraErrors,
    pass_at_k: {},
    exact_match,
    reward: mean(reward),
    format_valid: mean(reward < 0 ? 0 : 1),
    tool_calls: mean(2),
  };
  return { id: 'eval_1', aggregates };
};

const answer = (example: number, reward: number): EvaluationItem =>
  ({
    example,
    reward,
    format_valid: reward >= 0,
    exact_match: reward === 1 ? 1 : 0,
    question: `Question ${example}?`,
    references: ['18'],
    response:
      '<think>Ada has</think><python>9*2</python><result>\n18\n</result>' +
      `<answer>\\boxed{${9 + 9 * reward}}</answer>`,
  }) as EvaluationItem;

const rewards = { before: [-1, -1], cold_start: [0, 1], trained: [1, 1] } as const;
const answers = (of: readonly number[]) => {
  const items = of.map((reward, example) => answer(example, reward));
  return { greedy: items, sampled: items };
};
const byStage = <T>(of: (rewards: readonly number[]) => T) =>
  Object.fromEntries(stages.map((stage) => [stage, of(rewards[stage])])) as Record<(typeof stages)[number], T>;

const finished = (method: string): TimedRun => {
  const usage = { unique_tokens: 5000, sampled_tokens: 300, tool_calls: 20, tool_calls_linear_equivalent: 25 };
  const run = { id: `run_${method}`, method, usage, progress: { step: 3 } };
  const times = { seconds: 90, sampleSeconds: 10, updateSeconds: 25 };
  return { run, ...times, checkpoint: { id: `ckpt_${method}` } } as TimedRun;
};

const dequantised = '7ef915c9bf9d94d8d70211970476878352a5b95855c589ae987916d7a455242b';
const outcome = {
  model: {
    name: 'smollm2',
    parameters: 135,
    files: [{ name: 'model.safetensors', sha256: dequantised, size_bytes: 1 }],
  },
  task: { demonstrations: [[]], questions: [], heldOut: [{}, {}] },
  scores: byStage((of) => {
    const scores = evaluated((of[0]! + of[1]!) / 2);
    return { greedy: scores, sampled: scores };
  }),
  answers: byStage(answers),
  coldStart: finished('sft'),
  policy: finished('arpo'),
  rewards: [0.1, 0.2],
  weights: { path: 'model.safetensors', sha256: 'abc', sizeBytes: 3 },
} as unknown as Outcome;

const lines = report(outcome, 'made up', 100);

test('figures stand under the stage that they are of, with their errors', () => {
  expect(lines).toContain('  greedy    mean reward     -1.00 ± 0.05   0.50 ± 0.05            1.00 ± 0.05');
});

test('the time of a run is told with its speeds', () => {
  expect(lines).toContain('  arpo   1:30   300 in 0:10, 30/s   5,000 in 0:25, 200/s   20');
});

test('changes are told question by question', () => {
  expect(lines).toContain('  sampled   mean reward     +1.50 ± 0.50        +0.50 ± 0.50');
});

test('the question that ARPO has put right is shown first', () => {
  const shown = lines.filter((line) => line.startsWith('  Question'));
  expect(shown).toEqual(['  Question 0?   right: 18', '  Question 1?   right: 18']);
  expect(lines).toContain('    cold start   python "9*2" → 18   answer 9');
});

test('weights that are not the original ones are said to be so wherever figures are', () => {
  const note = noteOf(outcome.model);
  expect(note).toContain('dequantised from 4 bits');
  expect(lines).toContain(note);
  expect(summary(outcome, 'made up', 100).model.note).toBe(note);
  expect(noteOf({ files: [{ name: 'model.safetensors', sha256: 'other', size_bytes: 1 }] })).toBeNull();
});

test('the figures are written under the names that scripts read', () => {
  expect(summary(outcome, 'made up', 100.04)).toMatchObject({
    total_seconds: 100,
    questions: 'made up',
    held_out_questions: 2,
    demonstrations: 1,
    scores: {
      before: { greedy: { reward: { mean: -1, standard_error: 0.05 } } },
      trained: { sampled: { reward: { mean: 1 } } },
    },
    rewards: [0.1, 0.2],
    runs: [
      { method: 'sft', seconds: 90, steps: 3, unique_tokens: 5000 },
      { method: 'arpo', sampled_tokens: 300 },
    ],
    checkpoint: { id: 'ckpt_arpo', sha256: 'abc' },
  });
});
