import { expect, test } from 'vitest';
import { uniform } from '../random.js';
import { padLevels, pairSums } from './pair-sums.js';

/** What the graph does with the levels. */
function sumByLevels(values: number[], levels: ReturnType<typeof pairSums>): number[] {
  let entries = values;
  for (const { left, right } of levels) {
    const padded = entries.concat(0);
    entries = Array.from(left, (l, i) => padded[l]! + padded[right[i]!]!);
  }
  return entries;
}

test.each([1, 2, 3, 5, 17, 64])('pairs add up all entries of a row, up to %i per row', (most) => {
  const rows = 7;
  const rowOfSlot = Int32Array.from({ length: rows * most }, (_, i) => Math.floor(uniform(most, i) * (rows + 1)) - 1);
  const values = Array.from(rowOfSlot, (_, i) => i + 1);
  const expected = Array.from({ length: rows }, (_, r) =>
    values.reduce((sum, v, i) => sum + (rowOfSlot[i] === r ? v : 0), 0),
  );
  expect(sumByLevels(values, pairSums(rowOfSlot, rows))).toEqual(expected);
});

test('the number of levels is one or even, so that few graphs serve all batches', () => {
  const levels = (most: number) => pairSums(new Int32Array(most), 1).length;
  expect([1, 2, 3, 4, 5, 16, 17].map(levels)).toEqual([1, 1, 2, 2, 4, 4, 6]);
});

test('more levels add zero: every row keeps its sum', () => {
  const rowOfSlot = Int32Array.from([0, 1, 0, 0, 2, 0, -1]);
  const values = [1, 2, 4, 8, 16, 32, 64];
  const levels = pairSums(rowOfSlot, 4);
  expect(sumByLevels(values, levels)).toEqual([45, 2, 16, 0]);
  const padded = padLevels(levels, levels.length + 2);
  expect(padded).toHaveLength(levels.length + 2);
  expect(sumByLevels(values, padded)).toEqual([45, 2, 16, 0]);
  expect(padLevels(levels, 1)).toEqual(levels);
});
