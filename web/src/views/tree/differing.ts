/** The part of a sequence that another one does not have: what is left between their common beginning and their common end. Pure. */
export function differing(own: readonly number[], other: readonly number[]): [from: number, to: number] {
  const length = Math.min(own.length, other.length);
  let from = 0;
  while (from < length && own[from] === other[from]) from++;
  let back = 0;
  while (back < length - from && own.at(-1 - back) === other.at(-1 - back)) back++;
  return [from, own.length - back];
}
