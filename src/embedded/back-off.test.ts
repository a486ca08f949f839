import { expect, test } from 'vitest';
import { BackOff } from './back-off.js';

const minute = 60_000;
const limits = { firstWaitMs: 1000, deaths: 5, withinMs: 10 * minute };

test('the wait doubles with every death until the part is given up', () => {
  const backOff = new BackOff(limits);
  expect([0, 1, 2, 3, 4].map((time) => backOff.afterDeath(time))).toEqual([1000, 2000, 4000, 8000, undefined]);
});

test('a death that is long ago does not count', () => {
  const backOff = new BackOff(limits);
  expect([0, 4, 8, 12, 16].map((time) => backOff.afterDeath(time * minute))).toEqual([1000, 2000, 4000, 4000, 4000]);
});
