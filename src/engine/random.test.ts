import { describe, expect, test } from 'vitest';
import { normal, philox, uniform, type Words4 } from './random.js';

describe('philox', () => {
  // Random123's known-answer vectors for philox4x32 with 10 rounds.
  test.each<[Words4, [number, number], Words4]>([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('gives the published answer for counter %j and key %j', (counter, key, expected) => {
    expect(philox(counter, key)).toEqual(expected);
  });
});

describe('uniform', () => {
  test('is a function of seed and counters alone', () => {
    const first = uniform(7, 1, 2, 3, 4);
    uniform(8, 9);
    expect(uniform(7, 1, 2, 3, 4)).toBe(first);
  });

  test('changes with the seed, both halves of it, and with every counter, beyond four too', () => {
    const draws = [
      uniform(7, 1, 2, 3, 4, 5, 6),
      uniform(8, 1, 2, 3, 4, 5, 6),
      uniform(7 + 2 ** 40, 1, 2, 3, 4, 5, 6),
      ...[0, 1, 2, 3, 4, 5].map((i) => uniform(7, ...[1, 2, 3, 4, 5, 6].map((c, j) => (i === j ? 99 : c)))),
    ];
    expect(new Set(draws).size).toBe(draws.length);
  });

  test('fills [0, 1) evenly', () => {
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const u = uniform(1, i);
      expect(u >= 0 && u < 1).toBe(true);
      bins[Math.floor(u * 10)]! += 1;
    }
    for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

test('normal has mean 0, variance 1 and the kurtosis of a Gaussian', () => {
  const n = 20_000;
  const draws = Array.from({ length: n }, (_, i) => normal(3, 0, i));
  const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / n;
  expect(Math.abs(moment(1))).toBeLessThan(0.03);
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.05);
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.25);
});
