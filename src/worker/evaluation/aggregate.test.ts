import { expect, test } from 'vitest';
import { aggregate, passProbability, type AggregatedItem } from './aggregate.js';

const item = (example: number, exactMatch: number | null, rest: Partial<AggregatedItem> = {}): AggregatedItem => ({
  example,
  exactMatch,
  reward: exactMatch,
  formatValid: true,
  toolCalls: 2,
  modelTokens: 10,
  answer: 'a',
  rewardStatus: 'scored',
  ...rest,
});

const figures = (items: readonly AggregatedItem[]) => aggregate(items, 'exact_match', null);

test('several answers to a question count as one in the standard error', () => {
  const { exact_match, num_questions, tool_calls } = figures([
    ...[1, 1, 1, 1].map((right) => item(0, right)),
    ...[0, 0, 0, 0].map((right) => item(1, right)),
  ]);
  // Two questions with means 1 and 0: standard deviation √½, over √2.
  expect(exact_match).toEqual({ mean: 0.5, standard_error: 0.5 });
  expect([num_questions, tool_calls.mean]).toEqual([2, 2]);
});

test('an answer that could not be scored is counted, and weighs nothing', () => {
  const lost = item(1, null, { reward: null, formatValid: false, rewardStatus: 'infra_error' });
  expect(figures([item(0, 1), lost])).toMatchObject({
    num_items: 2,
    num_questions: 1,
    num_infra_error: 1,
    exact_match: { mean: 1, standard_error: null },
    format_valid: { mean: 1 },
    pass_at_k: {},
  });
});

test('of nothing there is no mean', () => {
  expect(figures([])).toMatchObject({ num_items: 0, reward: { mean: null, standard_error: null }, pass_at_k: {} });
});

test('pass@k goes up to the fewest answers that a question has', () => {
  const { pass_at_k } = figures([
    ...[1, 0, 0, 0].map((right) => item(0, right)),
    ...[1, 1, 0].map((right) => item(1, right)),
  ]);
  expect(Object.keys(pass_at_k)).toEqual(['1', '2', '3']);
  expect(pass_at_k[1]).toBeCloseTo((1 / 4 + 2 / 3) / 2, 12);
  expect(pass_at_k[2]).toBeCloseTo((1 / 2 + 1) / 2, 12);
  expect(pass_at_k[3]).toBeCloseTo((3 / 4 + 1) / 2, 12);
});

test('what is right is a reward of 1 where the grader says right or wrong, else an exact match', () => {
  const items = [item(0, 0, { reward: 1 }), item(0, 0, { reward: 0.5 }), item(1, 1, { reward: 0 })];
  expect(aggregate(items, 'reward', null)).toMatchObject({ right: { mean: 0.25 }, exact_match: { mean: 0.5 } });
  expect(figures(items).right.mean).toBe(0.5);
});

test('figures are broken down by category, and a question without one is in none', () => {
  const lost = item(2, null, { reward: null, rewardStatus: 'infra_error' });
  const items = [item(0, 1), item(1, 0), lost, item(3, 1)];
  const categories = new Map([
    [0, 'easy'],
    [1, 'hard'],
    [2, 'hard'],
  ]);
  expect(aggregate(items, 'exact_match', categories).by_category).toMatchObject({
    easy: { num_questions: 1, num_infra_error: 0, right: { mean: 1 } },
    hard: { num_questions: 1, num_infra_error: 1, right: { mean: 0 } },
  });
  expect(figures(items).by_category).toBeNull();
});

test('the commonest answer of a question is right or wrong, and of equally common ones each counts in part', () => {
  const votes = (example: number, answers: [answer: string | null, right: number][]) =>
    answers.map(([answer, right]) => item(example, right, { answer }));
  const { majority } = figures([
    ...votes(0, [
      ['Lima', 1],
      ['the Lima.', 1],
      ['Oslo', 0],
    ]),
    ...votes(1, [
      ['Oslo', 0],
      [null, 0],
      ['Lima', 1],
    ]),
    ...votes(2, [
      [null, 0],
      [null, 0],
      [null, 0],
    ]),
  ]);
  expect(majority?.mean).toBeCloseTo((1 + 0.5 + 0) / 3, 12);
  expect(figures([item(0, 1)]).majority).toBeNull();
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
