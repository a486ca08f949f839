import { expect, test } from 'vitest';
import { decodeFloat32, decodeInt32 } from './arrays.js';

test('token ids are little-endian int32', () => {
  expect(decodeInt32(Buffer.from([1, 0, 0, 0, 254, 255, 255, 255, 0, 0, 1, 0]))).toEqual([1, -2, 65_536]);
});

test('float32 values come bit for bit, and what JSON cannot hold as null', () => {
  const bytes = Buffer.alloc(20);
  for (const [i, value] of [0.1, -1e-8, 3.4e38, NaN, -Infinity].entries()) bytes.writeFloatLE(value, 4 * i);
  expect(decodeFloat32(bytes)).toEqual([...Float32Array.of(0.1, -1e-8, 3.4e38), null, null]);
});
