import { expect, test } from 'vitest';
import { decodeFloat32, decodeInt32, encodeFloat32, encodeInt32 } from './arrays.js';

test('token ids are little-endian int32', () => {
  expect([...encodeInt32([1, -2, 65_536])]).toEqual([1, 0, 0, 0, 254, 255, 255, 255, 0, 0, 1, 0]);
  expect(decodeInt32(encodeInt32([1, -2, 151_643]))).toEqual([1, -2, 151_643]);
});

test('float32 values come back bit for bit, and what JSON cannot hold as null', () => {
  const values = Float32Array.of(0.1, -1e-8, 3.4e38, NaN, -Infinity);
  expect(decodeFloat32(encodeFloat32(values))).toEqual([...values.subarray(0, 3), null, null]);
});
