/**
 * Index arrays for a deterministic sum of duplicate rows without scatter: level by level, the entries of each row are added in pairs until one
 * value per row is left. An index equal to the number of entries of its level means zero.
 */
export interface PairLevel {
  left: Int32Array;
  right: Int32Array;
}

/** The same sums with more levels, which add zero to each row. */
export function padLevels(levels: readonly PairLevel[], count: number): PairLevel[] {
  const rows = levels.at(-1)!.left.length;
  const idle = () => ({ left: Int32Array.from({ length: rows }, (_, r) => r), right: new Int32Array(rows).fill(rows) });
  return [...levels, ...Array.from({ length: Math.max(0, count - levels.length) }, idle)];
}

/**
 * `rowOfEntry` [S] names the row of each entry, or -1 for padding. The last level has one entry for each row, in order.
 * At least one level; the number is rounded up to an even one beyond that, so that few graphs serve all batches.
 */
export function pairSums(rowOfEntry: Int32Array, rows: number): PairLevel[] {
  let offsets = new Int32Array(rows + 1);
  for (const row of rowOfEntry) if (row >= 0) offsets[row + 1]! += 1;
  let most = 1;
  for (let r = 0; r < rows; r++) {
    most = Math.max(most, offsets[r + 1]!);
    offsets[r + 1]! += offsets[r]!;
  }
  // Entries sorted by row; from the second level on they are in this order anyway.
  let entries = new Int32Array(offsets[rows]!);
  const next = offsets.slice(0, rows);
  rowOfEntry.forEach((row, entry) => {
    if (row >= 0) entries[next[row]!++] = entry;
  });

  const levels: PairLevel[] = [];
  const needed = Math.max(1, Math.ceil(Math.log2(most)));
  const count = needed === 1 ? 1 : needed + (needed % 2);
  let nothing = rowOfEntry.length;
  for (let level = 1; level <= count; level++) {
    const last = level === count;
    const sizes = new Int32Array(rows + 1);
    for (let r = 0; r < rows; r++) {
      const pairs = Math.ceil((offsets[r + 1]! - offsets[r]!) / 2);
      sizes[r + 1] = sizes[r]! + (last ? 1 : pairs);
    }
    const left = new Int32Array(sizes[rows]!).fill(nothing);
    const right = new Int32Array(sizes[rows]!).fill(nothing);
    for (let r = 0; r < rows; r++) {
      const end = offsets[r + 1]!;
      let out = sizes[r]!;
      for (let s = offsets[r]!; s < end; s += 2, out++) {
        left[out] = entries[s]!;
        if (s + 1 < end) right[out] = entries[s + 1]!;
      }
    }
    levels.push({ left, right });
    nothing = left.length;
    offsets = sizes;
    entries = Int32Array.from({ length: nothing }, (_, i) => i);
  }
  return levels;
}
