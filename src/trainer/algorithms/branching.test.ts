import { describe, expect, test } from 'vitest';
import {
  branchProbability,
  deltaEntropy,
  forksWanted,
  grantForks,
  meanProbe,
  promptStarts,
  spreadForks,
} from './branching.js';

describe('ΔH', () => {
  const now = { sum: 6, count: 4 };
  const before = { sum: 5, count: 5 };
  test.each([
    ['mean_over_log_vocab', 0.5 / Math.log(100)],
    ['sum_over_log_vocab', 1 / Math.log(100)],
    ['sum_over_vocab', 0.01],
  ] as const)('with scale %s is %f', (scale, expected) => {
    expect(deltaEntropy(scale, now, before, 100)).toBeCloseTo(expected, 15);
  });

  test('relative to both is between -1 and 1, and 0 where nothing is uncertain', () => {
    expect(deltaEntropy('relative', now, before, 100)).toBeCloseTo(0.5 / 2.5, 15);
    expect(deltaEntropy('relative', now, { sum: 0, count: 5 }, 100)).toBe(1);
    expect(deltaEntropy('relative', { sum: 0, count: 4 }, before, 100)).toBe(-1);
    expect(deltaEntropy('relative', { sum: 0, count: 0 }, { sum: 0, count: 5 }, 100)).toBe(0);
  });

  test('of a segment without tokens counts its entropy as 0', () => {
    expect(deltaEntropy('mean_over_log_vocab', { sum: 0, count: 0 }, before, 100)).toBeCloseTo(-1 / Math.log(100), 15);
  });
});

describe('P', () => {
  const rule = { base_probability: 0.5, entropy_weight: 2, repeat_penalty: 0.4 };
  test.each([
    [0, 0.5],
    [0.1, 0.7],
    [-0.2, 0.1],
    [1, 1],
    [-1, 0],
  ])('of ΔH %f is %f', (delta, expected) => {
    expect(branchProbability(rule, delta, 0)).toBeCloseTo(expected, 15);
  });
  test.each([
    [1, 0.42],
    [2, 0.14],
    [3, 0],
  ])('after %i forks in a row is lowered to %f', (forksInARow, expected) => {
    expect(branchProbability(rule, 0.1, forksInARow)).toBeCloseTo(expected, 15);
  });
});

describe('the trajectories that start at the prompt', () => {
  const rule = { entropy_scale: 'relative', starts_sensitivity: 5 } as const;
  const starts = (root: number, tool: number | null) =>
    promptStarts(
      rule,
      { root: { sum: root, count: 1 }, tool: tool === null ? null : { sum: tool, count: 1 } },
      { groupSize: 16, vocabSize: 100 },
    );
  test('are half where entropies are equal, or no tool was called', () => {
    expect([starts(1, 1), starts(1, null)]).toEqual([8, 8]);
  });
  test('are more where the prompt leaves the policy more uncertain than results do, and fewer otherwise', () => {
    // σ(5 · 1/3) and σ(-5 · 1/3) of 16.
    expect([starts(2, 1), starts(1, 2)]).toEqual([13, 3]);
  });
  test('follow from the mean of what was measured', () => {
    const probes = [
      { sum: 1, count: 2 },
      { sum: 3, count: 4 },
    ];
    expect(meanProbe(probes)).toEqual({ sum: 2, count: 3 });
    expect(meanProbe([])).toBeNull();
  });
});

describe('the forks wanted', () => {
  const draws = [0.1, 0.6, 0.4, 0.9];
  const draw = (attempt: number) => draws[attempt]!;
  test('are independent attempts with probability P', () => {
    expect(forksWanted({ branch_factor: 4, threshold: null }, 0.5, draw)).toBe(2);
  });
  test('are all or none under a threshold, which P must exceed', () => {
    expect(forksWanted({ branch_factor: 3, threshold: 0.5 }, 0.51, draw)).toBe(3);
    expect(forksWanted({ branch_factor: 3, threshold: 0.5 }, 0.5, draw)).toBe(0);
  });
  test('never happen at P 0 and always at P 1', () => {
    expect(forksWanted({ branch_factor: 1, threshold: null }, 0, () => 0)).toBe(0);
    expect(forksWanted({ branch_factor: 1, threshold: null }, 1, () => 1 - 2 ** -53)).toBe(1);
  });
});

describe('forks', () => {
  const candidates = [
    { trajectory: 2, depth: 1, delta: 0.1, wanted: 2, lot: 0.2 },
    { trajectory: 0, depth: 1, delta: -0.3, wanted: 1, lot: 0.9 },
    { trajectory: 1, depth: 2, delta: 0.4, wanted: 1, lot: 0.5 },
  ];
  test('go to the most uncertain first', () => {
    expect(grantForks(candidates, 2, 'entropy')).toEqual([1, 0, 1]);
  });
  test('go by trajectory where asked', () => {
    expect(grantForks(candidates, 2, 'index')).toEqual([0, 1, 1]);
  });
  test('go by lot where asked', () => {
    expect(grantForks(candidates, 2, 'random')).toEqual([2, 0, 0]);
  });
  test('go to the older trajectory when uncertainty and depth tie, whatever the order of arrival', () => {
    const tied = candidates.map((candidate) => ({ ...candidate, depth: 1, delta: 0, wanted: 1 }));
    expect(grantForks(tied, 1, 'entropy')).toEqual([0, 1, 0]);
    expect(grantForks(tied.toReversed(), 1, 'entropy')).toEqual([0, 1, 0]);
  });
  test('go to the deeper point when uncertainty ties, which saves more calls', () => {
    const tied = candidates.map((candidate) => ({ ...candidate, delta: 0, wanted: 1 }));
    expect(grantForks(tied, 1, 'entropy')).toEqual([0, 0, 1]);
  });
  test('suffice for all when there are enough', () => {
    expect(grantForks(candidates, 9, 'entropy')).toEqual([2, 1, 1]);
  });
});

describe('deferred forks', () => {
  const points = [0.3, -0.2, 0.9, 0.1, 0.5].map((delta, trajectory) => ({
    trajectory,
    depth: 1,
    delta,
    lot: (trajectory * 0.37) % 1,
  }));
  test('are spread over the upper half of the points', () => {
    expect(spreadForks(points, 3, 'entropy')).toEqual([1, 0, 1, 0, 1]);
    expect(spreadForks(points, 8, 'entropy')).toEqual([2, 0, 3, 0, 3]);
  });
  test('go to the most uncertain points where they are few', () => {
    expect(spreadForks(points, 2, 'entropy')).toEqual([0, 0, 1, 0, 1]);
  });
  test('go to points by lot where asked', () => {
    // Lots 0, 0.37, 0.74, 0.11, 0.48.
    expect(spreadForks(points, 3, 'random')).toEqual([1, 1, 0, 1, 0]);
  });
  test('need a point', () => {
    expect(spreadForks([], 3, 'entropy')).toEqual([]);
    expect(spreadForks(points.slice(0, 1), 3, 'entropy')).toEqual([3]);
  });
});
