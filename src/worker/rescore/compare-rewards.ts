/** Compares two rewards of the same trajectories. Pure. */
import { SAME_REWARD, type Distribution, type RewardComparison } from '../../spec/rescore-spec.js';

export interface RewardPair {
  /** Null: it had none. */
  readonly before: number | null;
  /** Null: it could not be scored. */
  readonly after: number | null;
}

export function compareRewards(pairs: readonly RewardPair[]): RewardComparison {
  const both: readonly Both[] = pairs.flatMap(({ before, after }) =>
    before === null || after === null ? [] : [{ before, after }],
  );
  const changes = both.map((pair) => pair.after - pair.before).filter((change) => Math.abs(change) > SAME_REWARD);
  return {
    trajectories: pairs.length,
    compared: both.length,
    infra_errors: pairs.filter((pair) => pair.after === null).length,
    changed: changes.length,
    raised: changes.filter((change) => change > 0).length,
    lowered: changes.filter((change) => change < 0).length,
    before: distributionOf(both.map(({ before }) => before)),
    after: distributionOf(both.map(({ after }) => after)),
    pearson: correlation(both),
    spearman: correlation(ranked(ranked(both, 'before'), 'after')),
  };
}

interface Both {
  readonly before: number;
  readonly after: number;
}

function distributionOf(values: readonly number[]): Distribution | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const mean = meanOf(values);
  const at = (share: number): number => quantile(sorted, share);
  return {
    mean,
    standard_deviation: Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2))),
    min: at(0),
    lower_quartile: at(0.25),
    median: at(0.5),
    upper_quartile: at(0.75),
    max: at(1),
  };
}

/** Between the two values around the place, in a line. */
function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const [low = NaN, high = low] = sorted.slice(Math.floor(place), Math.floor(place) + 2);
  return low + (high - low) * (place - Math.floor(place));
}

/** Pearson's r; null where one side does not vary. */
function correlation(pairs: readonly Both[]): number | null {
  const mean = { before: meanOf(pairs.map(({ before }) => before)), after: meanOf(pairs.map(({ after }) => after)) };
  let [xy, xx, yy] = [0, 0, 0];
  for (const { before, after } of pairs) {
    const [x, y] = [before - mean.before, after - mean.after];
    xy += x * y;
    xx += x * x;
    yy += y * y;
  }
  const scale = Math.sqrt(xx * yy);
  return scale > 0 ? Math.max(-1, Math.min(1, xy / scale)) : null;
}

/** The pairs with ranks from 1 in place of the values of one side; equal values share the mean of their ranks. */
function ranked(pairs: readonly Both[], side: keyof Both): Both[] {
  const sorted = pairs.toSorted((a, b) => a[side] - b[side]);
  const places = new Map<number, { first: number; last: number }>();
  sorted.forEach((pair, i) => {
    const place = places.get(pair[side]);
    if (place) place.last = i + 1;
    else places.set(pair[side], { first: i + 1, last: i + 1 });
  });
  return pairs.map((pair) => {
    const { first, last } = places.get(pair[side]) ?? { first: NaN, last: NaN };
    return { ...pair, [side]: (first + last) / 2 };
  });
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
