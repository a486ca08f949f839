import { expect, test } from 'vitest';
import { compareRewards } from './compare-rewards.js';

const pairs = (...given: [number | null, number | null][]) => given.map(([before, after]) => ({ before, after }));

test('only what has a reward before and one now is compared', () => {
  expect(compareRewards(pairs([0, 0], [1, 0.5], [0.5, 1], [null, 1], [1, null], [0.3, 0.1 + 0.2]))).toMatchObject({
    trajectories: 6,
    compared: 4,
    infra_errors: 1,
    changed: 2,
    raised: 1,
    lowered: 1,
    before: { mean: 0.45, min: 0, max: 1 },
  });
});

test('a distribution has its mean, its spread and its quartiles', () => {
  const { after } = compareRewards(pairs([0, 1], [0, 2], [0, 3], [0, 4], [0, 10]));
  expect(after).toEqual({
    mean: 4,
    standard_deviation: Math.sqrt(10),
    min: 1,
    lower_quartile: 2,
    median: 3,
    upper_quartile: 4,
    max: 10,
  });
});

test('correlations are of values and of ranks, with equal values sharing theirs', () => {
  const { pearson, spearman } = compareRewards(pairs([1, 1], [2, 8], [2, 27], [3, 64]));
  expect(pearson).toBeCloseTo(63 / Math.sqrt(2 * 2390), 12);
  // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4.
  expect(spearman).toBeCloseTo(4.5 / Math.sqrt(4.5 * 5), 12);
  expect(compareRewards(pairs([1, 3], [2, 2], [3, 1]))).toMatchObject({ pearson: -1, spearman: -1 });
});

test('where one reward never varies there is no correlation, and where nothing is compared nothing is said', () => {
  expect(compareRewards(pairs([1, 0], [1, 1]))).toMatchObject({ pearson: null, spearman: null, changed: 1 });
  expect(compareRewards(pairs([null, 1]))).toMatchObject({ compared: 0, before: null, after: null, pearson: null });
});
