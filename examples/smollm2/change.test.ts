import { expect, test } from 'vitest';
import { change, type Answer } from './change.js';

const answer = (example: number, reward: number | null): Answer => ({
  example,
  reward,
  format_valid: true,
  exact_match: null,
});
const reward = (item: Answer) => item.reward;

test('a change is the mean of the differences question by question, with its standard error', () => {
  const before = [answer(0, -1), answer(1, 0), answer(2, 0), answer(3, 1)];
  const after = [answer(3, 1), answer(2, 0), answer(1, 1), answer(0, 0)];
  const found = change(before, after, reward);
  expect(found?.mean).toBe(0.5);
  // Differences 1, 1, 0, 0: variance 1/3 over 4.
  expect(found?.standardError).toBeCloseTo(Math.sqrt(1 / 12));
});

test('questions that one of the two could not score are left out', () => {
  expect(change([answer(0, null), answer(1, 0)], [answer(0, 1), answer(1, 1)], reward)).toEqual({
    mean: 1,
    standardError: null,
  });
  expect(change([answer(0, null)], [answer(0, 1)], reward)).toBeNull();
});
