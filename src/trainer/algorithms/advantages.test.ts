import { expect, test } from 'vitest';
import { groupAdvantages } from './advantages.js';

test('advantages are deviations from the mean over the sample standard deviation', () => {
  const { outcome, advantages_G } = groupAdvantages([0, 1, 1, 2], 'keep');
  // mean 1, squares 2, ddof 1: std sqrt(2/3).
  const std = Math.sqrt(2 / 3) + 1e-6;
  expect(outcome).toBe('used');
  expect(advantages_G).toEqual([-1 / std, 0, 0, 1 / std]);
});

test('trajectories without a reward take no part, and do not move the mean', () => {
  const { advantages_G } = groupAdvantages([null, 0, 1, null], 'keep');
  const std = Math.SQRT1_2 + 1e-6;
  expect(advantages_G).toEqual([null, -0.5 / std, 0.5 / std, null]);
});

test.each([
  ['keep', [0, 0, null, 0]],
  ['drop', [null, null, null, null]],
] as const)('a group without spread has advantage 0, or none: %s', (zeroVariance, advantages_G) => {
  expect(groupAdvantages([0.3, 0.3, null, 0.3], zeroVariance)).toEqual({ outcome: 'zero_variance', advantages_G });
});

test('a group with fewer than two rewards is skipped', () => {
  expect(groupAdvantages([null, 1, null], 'keep')).toEqual({ outcome: 'skipped', advantages_G: [null, null, null] });
});
