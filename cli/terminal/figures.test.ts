import { expect, test } from 'vitest';
import { clock } from './figures.js';

test.each([
  [0, '0:00'],
  [65, '1:05'],
  [3_599.4, '59:59'],
  [3_599.6, '1:00:00'],
  [7_265, '2:01:05'],
])('%d seconds read %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});
