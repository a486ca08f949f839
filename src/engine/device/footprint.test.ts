import { expect, test } from 'vitest';
import { Add, Exp, Input, MatMul, Reshape, Transpose } from '../graph/ops.js';
import { peakBytes, sizeOf } from './footprint.js';

test('sizes of products and sums are computed, and a symbol without a size is named', () => {
  expect(sizeOf('3*B*L', { B: 2, L: 5 })).toBe(30);
  expect(sizeOf('2*L+P', { L: 5, P: 7 })).toBe(17);
  expect(() => sizeOf('2*Q', {})).toThrow('the dimension Q has no size');
});

test('a tensor counts from when it is computed until its last use', () => {
  const x = Input('x', ['T', 4]);
  const a = Transpose(x, [1, 0]);
  const b = Transpose(a, [1, 0]);
  const c = Transpose(b, [1, 0]);
  // Two of the three at a time.
  expect(peakBytes({ c }, { T: 10 })).toBe(2 * 160);
  // The first is needed again at the end.
  expect(peakBytes({ d: MatMul(a, c, { transB: true }) }, { T: 10 })).toBe(3 * 160);
});

test('an elementwise result takes the place of an operand that is not needed any more, a reshaped tensor is the same', () => {
  const x = Input('x', ['T', 4]);
  const chain = Exp(Reshape(Exp(Transpose(x, [1, 0])), ['T', 4]));
  expect(peakBytes({ chain }, { T: 10 })).toBe(160);
  const kept = Exp(x);
  expect(peakBytes({ kept, sum: Add(kept, Exp(kept)) }, { T: 10 })).toBe(2 * 160);
});
