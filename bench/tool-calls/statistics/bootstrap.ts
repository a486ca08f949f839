/** Intervals by resampling seeds: how much a figure would vary had other seeds been drawn. Pure, and the same on every machine. */
import { Random } from '../../../examples/support/random.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export interface Bootstrap {
  readonly resamples: number;
  /** Such as 0.95. */
  readonly level: number;
}

/**
 * The percentile interval of a statistic of paired samples (Efron and Tibshirani 1993, chapter 13). A resample draws as many of the samples as there
 * are, with replacement; a sample holds all that was measured with one seed, so that pairs stay together. The statistic may be Infinity. Null for
 * fewer than two samples, of which nothing can be resampled.
 */
export function bootstrapInterval<Sample>(
  samples: readonly Sample[],
  statistic: (resample: readonly Sample[]) => number,
  { resamples, level }: Bootstrap,
): Interval | null {
  if (samples.length < 2) return null;
  const random = new Random(0, 'bootstrap');
  const values = Array.from({ length: resamples }, () => statistic(samples.map(() => random.pick(samples))));
  const sorted = values.sort((a, b) => (a === b ? 0 : a - b));
  const tail = (1 - level) / 2;
  return { low: nearestRank(sorted, tail), high: nearestRank(sorted, 1 - tail) };
}

/** No value between two: they may be infinite. */
function nearestRank(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}
