import { expect, test } from 'vitest';
import { Random } from '../../../examples/support/random.js';
import { bootstrapInterval } from './bootstrap.js';

const settings = { resamples: 4_000, level: 0.95 };
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sum of twelve uniform draws less six: mean 0, variance 1. */
const normal = (random: Random) => Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b, -6);

test('the interval of a mean is that of the normal distribution, for many samples', () => {
  const random = new Random(1, 'samples');
  const samples = Array.from({ length: 400 }, () => normal(random));
  const { low, high } = bootstrapInterval(samples, mean, settings)!;
  const deviation = Math.sqrt(mean(samples.map((value) => (value - mean(samples)) ** 2)));
  expect(low).toBeCloseTo(mean(samples) - (1.96 * deviation) / 20, 2);
  expect(high).toBeCloseTo(mean(samples) + (1.96 * deviation) / 20, 2);
});

test('the interval covers the truth about as often as it says', () => {
  const random = new Random(2, 'coverage');
  const trials = 300;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const samples = Array.from({ length: 30 }, () => normal(random));
    const { low, high } = bootstrapInterval(samples, mean, { resamples: 400, level: 0.9 })!;
    if (low <= 0 && 0 <= high) covered += 1;
  }
  expect(covered / trials).toBeGreaterThan(0.82);
  expect(covered / trials).toBeLessThan(0.95);
});

test('pairs stay together: a constant difference has an interval without width', () => {
  const pairs = [1, 5, 9, 2].map((value) => ({ a: value + 3, b: value }));
  const difference = (resample: readonly { a: number; b: number }[]) => mean(resample.map(({ a, b }) => a - b));
  expect(bootstrapInterval(pairs, difference, settings)).toEqual({ low: 3, high: 3 });
});

test('an infinite statistic leaves the interval open above', () => {
  const { low, high } = bootstrapInterval([1, 2, Infinity], mean, settings)!;
  expect(Number.isFinite(low)).toBe(true);
  expect(high).toBe(Infinity);
});

test('one sample has no interval', () => {
  expect(bootstrapInterval([1], mean, settings)).toBeNull();
});

test('the same samples have the same interval', () => {
  const samples = [0.1, 0.4, 0.2, 0.9];
  expect(bootstrapInterval(samples, mean, settings)).toEqual(bootstrapInterval(samples, mean, settings));
});
