import { describe, expect, test } from 'vitest';
import { Random } from './random.js';

const draws = (random: Random) => Array.from({ length: 8 }, () => random.next());

describe('a random stream', () => {
  test('repeats itself for the same seed and label, and only then', () => {
    expect(draws(new Random(7, 'split'))).toEqual(draws(new Random(7, 'split')));
    expect(draws(new Random(7, 'split'))).not.toEqual(draws(new Random(8, 'split')));
    expect(draws(new Random(7, 'split'))).not.toEqual(draws(new Random(7, 'train')));
  });

  test('stays the same from one version to the next', () => {
    expect(new Random(0, 'split').next()).toBe(0.31541242473758757);
  });

  test('fills its range evenly', () => {
    const random = new Random(1, 'range');
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[random.integer(3, 7) - 3]! += 1;
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.2 * 0.8));
  });

  test('draws keys by their weights', () => {
    const random = new Random(2, 'weights');
    let heavy = 0;
    for (let i = 0; i < 10_000; i++) heavy += random.weighted({ light: 1, none: 0, heavy: 3 }) === 'heavy' ? 1 : 0;
    expect(Math.abs(heavy / 10_000 - 0.75)).toBeLessThan(0.02);
  });

  test('shuffles every item to every place, and leaves its argument alone', () => {
    const random = new Random(3, 'shuffle');
    const items = ['a', 'b', 'c'] as const;
    const orders = new Set(Array.from({ length: 200 }, () => random.shuffled(items).join('')));
    expect([...orders].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    expect(items).toEqual(['a', 'b', 'c']);
  });

  test('refuses to pick from nothing', () => {
    expect(() => new Random(4, 'none').pick([])).toThrow(RangeError);
  });
});
