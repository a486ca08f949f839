import { expect, test } from 'vitest';
import { Add, Input, MatMul, Reshape, Transpose } from './ops.js';
import { plus, times } from './shape.js';

test('a product that does not fit names both operands and their shapes', () => {
  const a = Input('a', [4, 8]);
  const b = Input('b', [6, 2]);
  expect(() => MatMul(a, b)).toThrow(
    /^MatMul #\d+ \(Input #\d+ float \[4,8\], Input #\d+ float \[6,2\]\): inner sizes 8 and 6 differ$/,
  );
});

test('symbolic sizes multiply and add in one canonical form', () => {
  expect(times('L', 3, 'B')).toBe('3*B*L');
  expect(times(times(3, 'L'), 2)).toBe('6*L');
  expect(plus('P', 'L')).toBe('L+P');
  expect(plus(1, plus('L', 2))).toBe('3+L');
  expect(times('B', plus('P', 'L'))).toBe('(L+P)*B');
});

test('reshaping checks symbolic element counts', () => {
  const x = Input('x', ['T', 12]);
  expect(Reshape(x, ['T', 3, 4]).shape).toEqual(['T', 3, 4]);
  expect(() => Reshape(x, ['T', 3, 5])).toThrow('another number of elements');
});

test('different symbols do not broadcast', () => {
  expect(() => Add(Input('a', ['T', 1]), Input('b', ['P', 4]))).toThrow('do not broadcast');
});

test('a permutation must name every axis', () => {
  expect(() => Transpose(Input('x', [2, 3]), [0, 0])).toThrow('does not permute');
});
