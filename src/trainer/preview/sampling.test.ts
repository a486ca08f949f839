import { expect, test } from 'vitest';
import { DecodingPace } from './decoding-pace.js';
import { longestSeconds, promptsThatFit, scaledSeconds } from './sampling.js';

const pace = new DecodingPace(1, 2, 0.01, [
  { rows: 8, seconds: 0.1 },
  { rows: 64, seconds: 0.38 },
]);
const rollouts = (prompts: number, mostRows = 64) => ({ prompts, promptTokens: 10, rows: 8 * prompts, mostRows });

test('a decode step lies on the line between the numbers of rows that were timed, and beyond them in proportion', () => {
  expect(pace.stepSeconds(1)).toBe(0.1);
  expect(pace.stepSeconds(8)).toBe(0.1);
  expect(pace.stepSeconds(36)).toBeCloseTo(0.24);
  expect(pace.stepSeconds(128)).toBeCloseTo(0.76);
});

test('rollouts of the same prompts take what they took', () => {
  expect(scaledSeconds(pace, rollouts(2), 7, rollouts(2))).toBeCloseTo(7);
});

test('more prompts are read one by one, and written together', () => {
  // 2 s of building weights in, 0.1 s of reading and 5 s of writing at 8 rows: 50 tokens.
  expect(scaledSeconds(pace, rollouts(1), 7.1, rollouts(8))).toBeCloseTo(2.8 + 50 * 0.38);
});

test('what cannot be written at once is written after it', () => {
  expect(scaledSeconds(pace, rollouts(1), 7.1, rollouts(16))).toBeCloseTo(3.6 + 2 * 50 * 0.38);
});

test('the longest rollouts write every token that a response may have', () => {
  expect(longestSeconds(pace, rollouts(1), 100)).toBeCloseTo(2.1 + 100 * 0.1);
});

test('of a step that may take too long fewer prompts are taken, and never none', () => {
  const fit = (seconds: number) => promptsThatFit(pace, 8, rollouts, 100, seconds);
  expect(fit(60)).toBe(8);
  expect(fit(30)).toBe(4);
  expect(fit(0)).toBe(1);
});
