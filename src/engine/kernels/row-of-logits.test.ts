import { expect, test } from 'vitest';
import { uniform } from '../random.js';
import { RowOfLogits } from './row-of-logits.js';

const randomLogits = (rows: number, vocab: number, spread: number) =>
  Float32Array.from({ length: rows * vocab }, (_, i) => spread * (uniform(3, i) - 0.5));

test.each([1, 5, 64, 1000, 49_152])(
  'weights, their sum and its logarithm are those of float64, of %s logits',
  (vocab) => {
    const logits = randomLogits(3, vocab, 60);
    const row = new RowOfLogits(vocab);
    for (const [number, factor] of [
      [0, 1],
      [2, 1 / 0.7],
    ] as const) {
      row.read(logits, number, factor);
      const own = [...logits.subarray(number * vocab, (number + 1) * vocab)];
      const max = Math.max(...own);
      const exponents = own.map((x) => (x - max) * factor);
      const weights = exponents.map(Math.exp);
      const sum = weights.reduce((a, b) => a + b, 0);
      expect(row.max).toBe(max);
      expect(row.argmax()).toBe(own.indexOf(max));
      expect(Math.abs(row.sum / sum - 1)).toBeLessThan(3e-7);
      const weighted = weights.reduce((a, weight, v) => a + weight * exponents[v]!, 0);
      expect(Math.abs(row.weighted - weighted)).toBeLessThan(1e-6 * sum + 3e-7 * Math.abs(weighted));
      const worst = weights.map((weight, v) => Math.abs(row.weights_V[v]! - weight) / (weight || 1));
      // A rounding of the exponent is relative to it, and counts as often as it is large.
      expect(Math.max(...worst.filter((_, v) => exponents[v]! > -87))).toBeLessThan(1e-5);
      expect(Math.max(...worst.filter((_, v) => exponents[v]! > -1))).toBeLessThan(3e-7);
    }
  },
);

test('what is too improbable for float32 counts nothing, and -Infinity is as good as that', () => {
  const row = new RowOfLogits(4);
  row.read(Float32Array.of(100, 12, -Infinity, 100), 0, 1);
  expect([...row.weights_V]).toEqual([1, 0, 0, 1]);
  expect(row.sum).toBe(2);
  expect(row.weighted).toBe(0);
});

test.each([
  ['a NaN', [1, NaN, 3]],
  ['+Infinity', [1, Infinity, 3]],
  ['-Infinity alone', [-Infinity, -Infinity, -Infinity]],
])('%s gives no positive sum', (_what, logits) => {
  const row = new RowOfLogits(3);
  row.read(Float32Array.from(logits), 0, 1);
  expect(row.sum > 0 && row.sum < Infinity).toBe(false);
});
