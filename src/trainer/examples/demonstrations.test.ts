import { describe, expect, test } from 'vitest';
import { RowFiller } from './demonstrations.js';

/** How many of the examples fit, each of one sequence. */
function fit(filler: RowFiller, lengths: number[]): number {
  const refused = lengths.findIndex((length) => !filler.add([length]));
  return refused < 0 ? lengths.length : refused;
}

describe('rows', () => {
  test('take sequences one after the other while they fit', () => {
    // 60 + 40 | 50 + 50 | 30 + 30, and 50 has no row left.
    expect(fit(new RowFiller(3, 100, true), [60, 40, 50, 50, 30, 30, 50])).toBe(6);
  });

  test('count examples without packing, however many sequences they have', () => {
    expect(fit(new RowFiller(3, 100, false), [10, 10, 10, 10])).toBe(3);
    const filler = new RowFiller(2, 100, false);
    expect([[100, 90, 80], [], [70, 60], [1]].map((lengths) => filler.add(lengths))).toEqual([true, true, true, false]);
  });

  test('take all sequences of an example or none', () => {
    const filler = new RowFiller(2, 100, true);
    expect(filler.add([90])).toBe(true);
    expect(filler.add([50, 90])).toBe(false);
    expect(filler.add([100])).toBe(true);
  });

  test('take an example that is larger than a batch by itself', () => {
    const filler = new RowFiller(2, 100, true);
    expect(filler.add([90, 90, 90])).toBe(true);
    expect(filler.add([1])).toBe(false);
  });

  test('have room for what has no sequence', () => {
    const filler = new RowFiller(1, 100, true);
    expect(filler.add([100])).toBe(true);
    expect(filler.add([])).toBe(true);
  });
});
