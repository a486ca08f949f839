import { expect, test } from 'vitest';
import { aggregate, passProbability, type AggregatedItem } from './aggregate.js';

const item = (example: number, exactMatch: number | null, rest: Partial<AggregatedItem> = {}): AggregatedItem => ({
  example,
  exactMatch,
  reward: exactMatch,
  formatValid: true,
  toolCalls: 2,
  rewardStatus: 'scored',
  ...rest,
});

test('several answers to a question count as one in the standard error', () => {
  const { exact_match, num_questions, tool_calls } = aggregate([
    ...[1, 1, 1, 1].map((right) => item(0, right)),
    ...[0, 0, 0, 0].map((right) => item(1, right)),
  ]);
  // Two questions with means 1 and 0: standard deviation √½, over √2.
  expect(exact_match).toEqual({ mean: 0.5, standard_error: 0.5 });
  expect([num_questions, tool_calls.mean]).toEqual([2, 2]);
});

test('an answer that could not be scored is counted, and weighs nothing', () => {
  const lost = item(1, null, { reward: null, formatValid: false, rewardStatus: 'infra_error' });
  expect(aggregate([item(0, 1), lost])).toMatchObject({
    num_items: 2,
    num_questions: 1,
    num_infra_error: 1,
    exact_match: { mean: 1, standard_error: null },
    format_valid: { mean: 1 },
    pass_at_k: {},
  });
});

test('of nothing there is no mean', () => {
  expect(aggregate([])).toMatchObject({ num_items: 0, reward: { mean: null, standard_error: null }, pass_at_k: {} });
});

test('pass@k goes up to the fewest answers that a question has', () => {
  const { pass_at_k } = aggregate([
    ...[1, 0, 0, 0].map((right) => item(0, right)),
    ...[1, 1, 0].map((right) => item(1, right)),
  ]);
  expect(Object.keys(pass_at_k)).toEqual(['1', '2']);
  expect(pass_at_k[1]).toBeCloseTo((1 / 4 + 2 / 3) / 2, 12);
  expect(pass_at_k[2]).toBeCloseTo((1 / 2 + 1) / 2, 12);
});

test.each([
  [5, 0, 3, 0],
  [5, 5, 1, 1],
  [5, 2, 4, 1],
  [10, 3, 1, 0.3],
  [10, 3, 5, 1 - 21 / 252],
])('of %i answers %i are right: pass@%i is %f', (n, c, k, expected) => {
  expect(passProbability(n, c, k)).toBeCloseTo(expected, 12);
});
