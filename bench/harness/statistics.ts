/** What is said of a row of measurements: the median and how far they spread. Pure. */

export interface Summary {
  median: number;
  /** Half the range of the middle half, over the median. */
  spread: number;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between the two nearest values in proportion. Throws a RangeError when there is none. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no measurement to summarise');
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}

export function summarise(values: readonly number[]): Summary {
  const middle = median(values);
  return { median: middle, spread: (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / middle };
}
