/** Parts of the protocol's arrays as the bytes of a column: int32 or float32, little endian, as both sides of the pipe are. */
import type { FrameArray, FrameArrays } from '../../protocol/frames.js';

/** The bytes of `length` elements from `start`. */
export function bytesOf(array: FrameArray, start = 0, length = array.length): Buffer {
  const part = array.subarray(start, start + length);
  if (part.length !== length)
    throw new RangeError(`elements ${start} to ${start + length} of an array of ${array.length}`);
  return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
}

/** @throws {RangeError} naming the array that the message should have carried */
export function arrayOf(arrays: FrameArrays, name: string): FrameArray {
  const array = arrays[name];
  if (!array) throw new RangeError(`the message came without its array ${name}`);
  return array;
}
