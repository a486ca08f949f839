import { expect, test } from 'vitest';
import { said } from '../../test/support/responses.js';
import { resolveReward, rewardProblems, RewardSpecInput } from '../spec/rewards/index.js';
import { createReward } from './create-reward.js';

const { signal } = new AbortController();
/** As in OpenAI's documentation of graders. */
const multi = {
  type: 'multi',
  name: 'right and short',
  graders: {
    exact: {
      type: 'string_check',
      name: 'exact',
      input: '{{sample.answer}}',
      reference: '{{item.reference}}',
      operation: 'eq',
    },
    alike: {
      type: 'text_similarity',
      name: 'alike',
      input: '{{sample.answer}}',
      reference: '{{item.reference}}',
      evaluation_metric: 'fuzzy_match',
    },
  },
  calculate_output: '0.5 * exact + max(alike, 0.25)',
};

const score = (spec: object, response: string) =>
  createReward(resolveReward(RewardSpecInput.parse(spec)), { pythonThreads: 1 }).score(
    [{ response: said(response), reference: 'Lima' }],
    signal,
  );

test('a multi grader computes its formula, and its parts add up', async () => {
  expect(rewardProblems(RewardSpecInput.parse(multi))).toEqual([]);
  expect(await score(multi, '<answer>Lima</answer>')).toMatchObject([
    { reward: 1.5, parts: { exact: 1, alike: 1, calculate_output: -0.5 }, flags: ['exact/passed'], answer: 'Lima' },
  ]);
  expect(await score(multi, '<answer>xyz</answer>')).toMatchObject([
    { reward: 0.25, parts: { calculate_output: 0.25 } },
  ]);
});

test('a formula that gives no number leaves the answer without a score', async () => {
  expect(await score({ ...multi, calculate_output: '1 / exact' }, '<answer>Rome</answer>')).toEqual([
    { kind: 'infra_error', message: expect.stringMatching('calculate_output gives Infinity for {"exact":0,') },
  ]);
});

test('a formula that cannot be read, or names no grader, is refused with its path', () => {
  const problems = (calculate_output: string) =>
    rewardProblems(RewardSpecInput.parse({ ...multi, calculate_output }), 'grader');
  expect(problems('exact +')).toEqual([
    { path: 'grader.calculate_output', message: 'expected a number, a name or a bracket at the end' },
  ]);
  expect(problems('exact + other')).toEqual([
    { path: 'grader.calculate_output', message: 'other is none of the graders: use exact, alike' },
  ]);
});
