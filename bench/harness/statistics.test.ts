import { describe, expect, test } from 'vitest';
import { median, quantile, summarise } from './statistics.js';

describe('the median', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])('of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('leaves the measurements in the order in which they were taken', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });

  test('of nothing is refused', () => {
    expect(() => median([])).toThrow('no measurement');
  });
});

test('a quantile lies between its neighbours in proportion', () => {
  expect(quantile([10, 20, 30, 40, 50], 0.25)).toBe(20);
  expect(quantile([0, 10], 0.75)).toBe(7.5);
});

test('the spread is half the middle half over the median, so that one outlier does not count', () => {
  expect(summarise([90, 100, 110, 100, 1000])).toEqual({ median: 100, spread: 0.05 });
  expect(summarise([7])).toEqual({ median: 7, spread: 0 });
});
