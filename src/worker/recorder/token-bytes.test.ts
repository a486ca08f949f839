import { expect, test } from 'vitest';
import { arrayOf, bytesOf } from './token-bytes.js';

test('a part of an array is its bytes, little endian', () => {
  expect([...bytesOf(Int32Array.of(9, 1, -2, 9), 1, 2)]).toEqual([1, 0, 0, 0, 254, 255, 255, 255]);
  expect([...bytesOf(Float32Array.of(1))]).toEqual([0, 0, 128, 63]);
});

test('a part that the array does not have, or an array that the message does not have, is an error that says which', () => {
  expect(() => bytesOf(Int32Array.of(1, 2), 1, 2)).toThrow('elements 1 to 3 of an array of 2');
  expect(() => arrayOf({}, 'token_ids')).toThrow('token_ids');
});
