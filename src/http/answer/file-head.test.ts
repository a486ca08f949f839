import { expect, test } from 'vitest';
import { fileHead } from './file-head.js';

const sha256 = 'ab'.repeat(32);
const file = { name: 'onnx/modèle.onnx', sha256, size_bytes: 100 };
const etag = `"${sha256}"`;

test('without conditions the whole file is sent, with its sha256 as ETag', () => {
  const { status, headers, range } = fileHead(file, {});
  expect({ status, range }).toEqual({ status: 200, range: null });
  expect(headers).toMatchObject({
    etag,
    'accept-ranges': 'bytes',
    'content-length': '100',
    'content-disposition': "attachment; filename*=UTF-8''mod%C3%A8le.onnx",
  });
});

test('a range is answered in part', () => {
  const { status, headers, range } = fileHead(file, { range: 'bytes=90-' });
  expect({ status, range }).toEqual({ status: 206, range: { start: 90, end: 99 } });
  expect(headers).toMatchObject({ 'content-range': 'bytes 90-99/100', 'content-length': '10' });
});

test.each([
  [{ 'if-none-match': etag }, 304],
  [{ 'if-none-match': `"x", W/${etag}` }, 304],
  [{ 'if-none-match': '"x"' }, 200],
  [{ range: 'bytes=0-1', 'if-range': etag }, 206],
  [{ range: 'bytes=0-1', 'if-range': '"x"' }, 200],
])('the headers %j are answered with %i', (headers, status) => {
  expect(fileHead(file, headers).status).toBe(status);
});

test('a range outside the file is refused', () => {
  expect(() => fileHead(file, { range: 'bytes=100-' })).toThrow('100 bytes');
});
