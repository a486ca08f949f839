import { expect, test } from 'vitest';
import { encodeFrame, FrameDecoder, FrameError } from './frames.js';

const frame = {
  number: 7,
  message: { type: 'tree', text: 'prière' },
  arrays: { ids: Int32Array.of(1, -2, 3), logprobs: Float32Array.of(-0.5, 0.25) },
};

test('frames survive arriving one byte at a time', () => {
  const bytes = Buffer.concat([encodeFrame(frame), encodeFrame({ ...frame, number: 8, arrays: {} })]);
  const decoder = new FrameDecoder();
  const got = [...bytes].flatMap((byte) => decoder.push(Buffer.of(byte)));
  expect(got).toEqual([frame, { ...frame, number: 8, arrays: {} }]);
});

test('frames that arrive together come out in order', () => {
  const bytes = Buffer.concat([1, 2, 3].map((number) => encodeFrame({ ...frame, number })));
  expect(new FrameDecoder().push(bytes).map((f) => f.number)).toEqual([1, 2, 3]);
});

test('an impossible length is refused instead of waited for', () => {
  expect(() => new FrameDecoder().push(Buffer.from([255, 255, 255, 255]))).toThrow(FrameError);
});
