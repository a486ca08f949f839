import { expect, test } from 'vitest';
import { compareEvaluations, signTest, type ComparedAnswer } from './compare-evaluations.js';

/** A list of values for each question. */
const answers = (...values: number[][]): ComparedAnswer[] =>
  values.flatMap((of, example) => of.map((value) => ({ example, value, isRight: value === 1 })));

test('questions are paired, and what only one of the two has scored is counted and left out', () => {
  const compared = compareEvaluations(answers([1], [0], [1], [0], []), answers([1], [1], [1], [1], [1], [0]));
  expect(compared).toMatchObject({
    questions: 4,
    only_in_a: 0,
    only_in_b: 2,
    mean_a: 0.5,
    mean_b: 1,
    difference: 0.5,
    mcnemar: { only_a: 0, only_b: 2, p_value: 0.5 },
    flipped: [
      { example: 1, a: 0, b: 1 },
      { example: 3, a: 0, b: 1 },
    ],
  });
  // Differences 0, 1, 0, 1: standard deviation √⅓, over √4.
  expect(compared.standard_error).toBeCloseTo(Math.sqrt(1 / 3) / 2, 12);
  expect(compared.confidence_interval?.[0]).toBeCloseTo(0.5 - 1.959964 * Math.sqrt(1 / 12), 9);
});

test('several answers to a question are one, which is right where half of them are', () => {
  const compared = compareEvaluations(answers([1, 1, 0], [0, 0, 1]), answers([1, 0, 0, 0], [1, 1, 1]));
  expect(compared.difference).toBeCloseTo((1 / 4 - 2 / 3 + 1 - 1 / 3) / 2, 12);
  expect(compared.mcnemar).toEqual({ only_a: 1, only_b: 1, p_value: 1 });
});

test('what is compared may be another measure than what is right', () => {
  const rewards = (reward: number): ComparedAnswer[] => [{ example: 0, value: reward, isRight: true }];
  expect(compareEvaluations(rewards(0.2), rewards(0.3))).toMatchObject({ mean_a: 0.2, mean_b: 0.3, flipped: [] });
});

test('without a question in common nothing is said', () => {
  const nothing = { questions: 0, difference: null, standard_error: null, confidence_interval: null };
  expect(compareEvaluations(answers([1]), answers([], [1]))).toMatchObject(nothing);
});

test.each([
  [0, 0, 1],
  [1, 0, 1],
  [0, 6, 0.03125],
  [3, 9, 0.1459960938],
  [400, 600, 2.7e-10],
])('of %i and %i flips the p-value is %f', (one, other, p) => {
  expect(Math.abs(signTest(one, other) / p - 1)).toBeLessThan(0.05);
});
