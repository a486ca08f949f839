import { expect, test } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16 } from './half-floats.js';

const asBfloat16 = (...values: number[]) => {
  const patterns = new Uint16Array(values.length);
  float32ToBfloat16(Float32Array.from(values), patterns);
  const widened = new Float32Array(values.length);
  bfloat16ToFloat32(patterns, widened);
  return [...widened];
};

test('bfloat16 keeps what it can hold', () => {
  expect(asBfloat16(0, -0, 1, -1.5, 2 ** 100, -Infinity, Infinity, NaN)).toEqual([
    0,
    -0,
    1,
    -1.5,
    2 ** 100,
    -Infinity,
    Infinity,
    NaN,
  ]);
});

test('bfloat16 rounds to nearest, ties to even, and overflows to infinity', () => {
  const step = 2 ** -7;
  expect(asBfloat16(1 + step / 2, 1 + 1.5 * step, 1 + step * 0.501, 3.4e38)).toEqual([
    1,
    1 + 2 * step,
    1 + step,
    Infinity,
  ]);
});

test('float16 widens normal, subnormal and special values', () => {
  const widened = new Float32Array(8);
  float16ToFloat32(Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x8000, 0x7e00), widened);
  expect([...widened]).toEqual([1, -2, 2 ** -24, 65504, Infinity, -Infinity, -0, NaN]);
});
