/** Words with how often each occurs, and how far two such bags overlap. Normalises nothing. */

export interface Bag {
  readonly size: number;
  readonly counts: ReadonlyMap<string, number>;
}

export function bagOf(words: readonly string[]): Bag {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { size: words.length, counts };
}

/** F1 = 2pr / (p + r) of the words, in Python's order of operations. Goes through the words of `wanted` only. */
export function overlapF1(given: Bag, wanted: Bag): number {
  let common = 0;
  for (const [word, count] of wanted.counts) common += Math.min(count, given.counts.get(word) ?? 0);
  if (common === 0) return 0;
  const precision = common / given.size;
  const recall = common / wanted.size;
  return (2 * precision * recall) / (precision + recall);
}
