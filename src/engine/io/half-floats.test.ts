import { expect, test } from 'vitest';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half-floats.js';

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

const asFloat16 = (...values: number[]) => {
  const patterns = new Uint16Array(values.length);
  const tooLarge = float32ToFloat16(Float32Array.from(values), patterns);
  const widened = new Float32Array(values.length);
  float16ToFloat32(patterns, widened);
  return { patterns: [...patterns], values: [...widened], tooLarge };
};

test('float16 keeps all that it can hold: every pattern comes back', () => {
  const patterns = Uint16Array.from({ length: 0x10000 }, (_, i) => i).filter((p) => (p & 0x7c00) !== 0x7c00);
  const widened = new Float32Array(patterns.length);
  float16ToFloat32(patterns, widened);
  const back = new Uint16Array(patterns.length);
  expect(float32ToFloat16(widened, back)).toBe(-1);
  expect(back).toEqual(patterns);
});

test('float16 keeps infinities and NaN', () => {
  expect(asFloat16(Infinity, -Infinity, NaN)).toEqual({
    patterns: [0x7c00, 0xfc00, 0x7e00],
    values: [Infinity, -Infinity, NaN],
    tooLarge: -1,
  });
});

test.each([
  ['normal numbers', 1, 2 ** -10],
  ['the largest numbers', 32768, 32],
  ['the smallest normal numbers', 2 ** -14, 2 ** -24],
  ['subnormal numbers', 2 ** -16, 2 ** -24],
  ['zero', 0, 2 ** -24],
])('float16 rounds %s to nearest, ties to even', (_, start, step) => {
  const above = step * (0.5 + 2 ** -12);
  for (const sign of [1, -1]) {
    const at = (offset: number) => sign * (start + offset);
    expect(asFloat16(at(step / 2), at(1.5 * step), at(above), at(step - above)).values).toEqual(
      [at(0), at(2 * step), at(step), at(0)].map((value) => (value === 0 ? sign * Math.abs(value) : value)),
    );
  }
});

test('float16 rounds up to the next power of two, and from subnormal to normal', () => {
  expect(asFloat16(2 - 2 ** -12, 2 ** -14 - 2 ** -26, 65519).values).toEqual([2, 2 ** -14, 65504]);
});

test('float16 names the first value that is too large, and none that is infinite', () => {
  expect(asFloat16(1, Infinity, 65520, -70000).tooLarge).toBe(2);
  expect(asFloat16(-65520).tooLarge).toBe(0);
  expect(asFloat16(65519, -65519, NaN).tooLarge).toBe(-1);
});
