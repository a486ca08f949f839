import { expect, test } from 'vitest';
import { InnerProducts } from './inner-products.js';

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) * seed));

test.each([
  [0, 0],
  [0, 4],
  [1, 1],
  [3, 4],
  [5, 7],
  [1000, 384],
  [7, 1023],
])('%d rows of %d dimensions are multiplied as on paper, again and again', (rows, dimensions) => {
  const products = new InnerProducts(rows, dimensions);
  const matrix = Array.from({ length: rows }, (_, row) => numbers(dimensions, row + 2));
  for (const [row, values] of matrix.entries()) products.row(row).set(values);
  for (const vector of [numbers(dimensions, 0.7), numbers(dimensions, 0.3)]) {
    const expected = matrix.map((values) => values.reduce((sum, value, i) => sum + value * vector[i]!, 0));
    const found = Array.from(products.with(vector));
    expect(found).toHaveLength(rows);
    for (const [row, value] of found.entries()) expect(value).toBeCloseTo(expected[row]!, 3);
    expect(Array.from(products.with(vector))).toEqual(found);
  }
});

test('the four lanes are added one after the other', () => {
  // 2^24 + 1 is no float: in another order the sum would be another.
  const products = new InnerProducts(1, 4);
  products.row(0).set([2 ** 24, 1, 1, 1]);
  expect(products.with(Float32Array.of(1, 1, 1, 1))[0]).toBe(2 ** 24);
  products.row(0).set([1, 1, 1, 2 ** 24]);
  expect(products.with(Float32Array.of(1, 1, 1, 1))[0]).toBe(2 ** 24 + 4);
});
