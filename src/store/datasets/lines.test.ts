import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { MAX_LINE_BYTES, readLines, type Line } from './lines.js';

async function lines(...chunks: (string | Buffer)[]): Promise<Line[]> {
  const found: Line[] = [];
  for await (const line of readLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk))))) found.push(line);
  return found;
}

test('lines keep their numbers when blank ones are skipped', async () => {
  expect(await lines('a\n\n \r\nb\r\n', 'c')).toEqual([
    { number: 1, text: 'a' },
    { number: 4, text: 'b\r' },
    { number: 5, text: 'c' },
  ]);
});

test('a character split between two chunks is read whole', async () => {
  const bytes = Buffer.from('é\n');
  expect(await lines(bytes.subarray(0, 1), bytes.subarray(1))).toEqual([{ number: 1, text: 'é' }]);
});

test('a byte order mark at the beginning is dropped', async () => {
  expect(await lines('\ufeffa\n')).toEqual([{ number: 1, text: 'a' }]);
});

test('a line that is not UTF-8 is reported and the next is read', async () => {
  expect(await lines(Buffer.from([0xff, 10]), 'b')).toEqual([
    { number: 1, problem: 'not UTF-8 text' },
    { number: 2, text: 'b' },
  ]);
});

test('a line that is too long is reported without being held in memory', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  const chunks = Array.from({ length: MAX_LINE_BYTES / chunk.length + 1 }, () => chunk);
  expect(await lines(...chunks, '\nb')).toEqual([
    { number: 1, problem: `longer than ${MAX_LINE_BYTES} bytes` },
    { number: 2, text: 'b' },
  ]);
});

test('an empty file has no lines', async () => {
  expect(await lines('')).toEqual([]);
});
