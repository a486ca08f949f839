import { expect, test } from 'vitest';
import { chunks, chunksByWeight } from './batches.js';

test('chunks have the size asked for, the last what is left', () => {
  expect(chunks([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunks([], 2)).toEqual([]);
});

test('chunks by weight fill up to the bound, and what exceeds it stands alone', () => {
  const weigh = (items: number[]) => chunksByWeight(items, 10, (item) => item);
  expect(weigh([4, 6, 1, 12, 3, 3])).toEqual([[4, 6], [1], [12], [3, 3]]);
  expect(weigh([])).toEqual([]);
});
