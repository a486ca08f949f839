import { expect, test } from 'vitest';
import { TimeLeft } from './time-left.js';

test('what is left takes as long as the same parts have taken on average', () => {
  const left = new TimeLeft({ 'cold start': 1, training: 4, evaluation: 10 });
  left.finished('cold start', 100);
  left.finished('training', 40);
  expect(left.seconds).toBeNull();
  left.finished('evaluation', 4);
  left.finished('evaluation', 6);
  left.finished('training', 60);
  expect(left.seconds).toBe(2 * 50 + 8 * 5);
});

test('nothing is left of what is done', () => {
  const left = new TimeLeft({ 'cold start': 1, training: 1, evaluation: 1 });
  for (const part of ['cold start', 'training', 'evaluation'] as const) left.finished(part, 7);
  expect(left.seconds).toBe(0);
});
