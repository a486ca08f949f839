import { describe, expect, test } from 'vitest';
import { compareAtCalls, compareAtStep, compareEndpoints } from './compare.js';
import type { Curve } from './curve.js';

const bootstrap = { resamples: 2_000, level: 0.95 };

/** Rises in a line by `rise` an evaluation, which costs `cost` calls. */
const line = (cost: number, rise: number, from = 0.2, evaluations = 5): Curve =>
  Array.from({ length: evaluations + 1 }, (_, i) => ({ calls: cost * i, accuracy: from + rise * i }));

const seeds = [0.2, 0.25, 0.3];

describe('the endpoint', () => {
  test('is GRPO’s own last evaluation less the margin, and a cheaper arm of equal steps has the ratio of the costs', () => {
    const samples = seeds.map((from) => {
      const grpo = line(100, 0.1, from);
      return { arm: line(60, 0.1, from), reference: grpo, grpo };
    });
    const { level, arm, reference, ratio } = compareEndpoints(samples, 0.01, bootstrap);
    expect(level).toBeCloseTo(0.74, 9);
    expect(reference).toBeCloseTo(490, 6);
    expect(arm).toBeCloseTo(294, 6);
    expect(ratio.value).toBeCloseTo(0.6, 9);
    expect(ratio.interval!.low).toBeCloseTo(0.6, 9);
    expect(ratio.interval!.high).toBeCloseTo(0.6, 9);
  });

  test('of an arm that stays below is infinitely far', () => {
    const grpo = line(100, 0.1);
    const { arm, ratio } = compareEndpoints([{ arm: line(50, 0.05), reference: grpo, grpo }], 0.01, bootstrap);
    expect([arm, ratio.value, ratio.interval]).toEqual([Infinity, Infinity, null]);
  });

  test('that only some seeds reach leaves the interval open', () => {
    const grpo = line(100, 0.1);
    const samples = [0.11, 0.1, 0.05].map((rise) => ({ arm: line(50, rise), reference: grpo, grpo }));
    expect(compareEndpoints(samples, 0.01, bootstrap).ratio.interval!.high).toBe(Infinity);
  });

  test('compares two arms at the level that GRPO sets', () => {
    const samples = seeds.map((from) => ({
      arm: line(40, 0.1, from),
      reference: line(50, 0.1, from),
      grpo: line(100, 0.1, from),
    }));
    expect(compareEndpoints(samples, 0.01, bootstrap).ratio.value).toBeCloseTo(0.8, 9);
  });
});

describe('accuracy', () => {
  const pairs = seeds.map((from, i) => ({ arm: line(50, 0.1, from + 0.01 * i, 6), reference: line(100, 0.1, from) }));

  test('at an equal step is the mean difference over the seeds', () => {
    const { value, interval } = compareAtStep(pairs, 5, bootstrap);
    expect(value).toBeCloseTo(0.01, 9);
    expect(interval!.low).toBeCloseTo(0, 9);
    expect(interval!.high).toBeCloseTo(0.02, 9);
  });

  test('at equal calls is compared where the thriftier arm ends', () => {
    // After 300 calls the arm is at its sixth evaluation, and the reference at its third.
    expect(compareAtCalls(pairs, bootstrap).value).toBeCloseTo(0.3 + 0.01, 9);
  });
});
