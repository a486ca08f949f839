/** Cuts a list into parts: so many at a time, or so much weight at a time. */

export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

/** Consecutive items whose weights add up to at most `most`; an item that is heavier by itself stands alone. */
export function chunksByWeight<T>(items: readonly T[], most: number, weightOf: (item: T) => number): T[][] {
  const parts: T[][] = [];
  let sum = Infinity;
  for (const item of items) {
    const weight = weightOf(item);
    if (sum + weight > most) {
      parts.push([]);
      sum = 0;
    }
    parts.at(-1)!.push(item);
    sum += weight;
  }
  return parts;
}
