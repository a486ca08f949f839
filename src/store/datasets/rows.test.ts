import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readRows } from './rows.js';
import { MAX_ROW_BYTES, type SourceRow } from './source-row.js';

const LIMIT = 1024 * 1024;

async function read(...chunks: (string | Buffer)[]): Promise<{ format: string | undefined; rows: SourceRow[] }> {
  const rows: SourceRow[] = [];
  let format: string | undefined;
  for await (const chunk of readRows(Readable.from(chunks.map((one) => Buffer.from(one))), LIMIT)) {
    format = chunk.format;
    rows.push(...chunk.rows);
  }
  return { format, rows };
}

/** Every way to cut the bytes into two chunks gives the same rows. */
async function readCut(bytes: Buffer): Promise<SourceRow[]> {
  const { rows } = await read(bytes);
  for (let at = 1; at < bytes.length; at++) {
    expect((await read(bytes.subarray(0, at), bytes.subarray(at))).rows).toEqual(rows);
  }
  return rows;
}

const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

describe('JSON Lines', () => {
  test('keep their line numbers when blank ones are skipped, wherever the chunks are cut', async () => {
    expect(await readCut(Buffer.from('{é\n\n \r\nb\r\nc'))).toEqual([
      { line: 1, content: { text: '{é' } },
      { line: 4, content: { text: 'b' } },
      { line: 5, content: { text: 'c' } },
    ]);
  });

  test('report a line that is not UTF-8, and go on', async () => {
    expect((await read(Buffer.from('caf\xe9\n', 'latin1'), 'b')).rows).toEqual([
      { line: 1, content: { problem: 'not UTF-8 text: save the file as UTF-8' } },
      { line: 2, content: { text: 'b' } },
    ]);
  });

  test('report a line that is too long, and go on', async () => {
    const chunks = Array.from({ length: 17 }, () => Buffer.alloc(MAX_ROW_BYTES / 16, 'x'));
    expect((await read(...chunks, '\nb')).rows).toEqual([
      { line: 1, content: { problem: `longer than ${MAX_ROW_BYTES} bytes` } },
      { line: 2, content: { text: 'b' } },
    ]);
  });

  test('of an empty file are none', async () => {
    expect((await read('')).rows).toEqual([]);
  });
});

describe('a JSON array', () => {
  test('is read element by element, wherever the chunks are cut', async () => {
    const bytes = Buffer.from('\n[\n{"a": "],\\"{é"},\n\n {"b": [1,\n {"c": 2}]}, 3]\n');
    expect(await readCut(bytes)).toEqual([
      { line: 3, element: 1, content: { text: '{"a": "],\\"{é"}' } },
      { line: 5, element: 2, content: { text: '{"b": [1,\n {"c": 2}]}' } },
      { line: 6, element: 3, content: { text: '3' } },
    ]);
    expect((await read(bytes)).format).toBe('json');
  });

  test('may be empty', async () => {
    expect(await read('[ ]')).toEqual({ format: 'json', rows: [] });
  });

  test('of thousands on one line has all of them', async () => {
    const text = JSON.stringify(Array.from({ length: 20_000 }, (_, id) => ({ id })));
    const chunks = text.match(/.{1,4093}/g)!;
    const { rows } = await read(...chunks);
    expect(rows).toHaveLength(20_000);
    expect(rows.at(-1)).toEqual({ line: 1, element: 20_000, content: { text: '{"id":19999}' } });
  });

  test('reports a comma too many and an element that is too long, and goes on', async () => {
    expect((await read('[1,,2]')).rows[1]).toEqual({
      line: 1,
      element: 2,
      content: { problem: 'is empty: leave out one of the commas' },
    });
    const long = Array.from({ length: 17 }, () => Buffer.alloc(MAX_ROW_BYTES / 16, 'x'));
    expect((await read('["', ...long, '", 2]')).rows.map(({ content }) => content)).toEqual([
      { problem: `longer than ${MAX_ROW_BYTES} bytes` },
      { text: '2' },
    ]);
  });

  test.each([
    ['[{"a": 1},\n{"b": ', 'its JSON array does not end: element 2, which begins on line 2'],
    ['[1]\n[2]', 'its JSON array ends on line 1, and more follows on line 2: send one array, or one JSON object on'],
  ])('%j is refused', async (text, reason) => {
    await expect(read(text)).rejects.toThrow(reason);
  });
});

describe('a file', () => {
  const json = '{"a": "é"}\n{"a": "数"}\n';
  const rows = [
    { line: 1, content: { text: '{"a": "é"}' } },
    { line: 2, content: { text: '{"a": "数"}' } },
  ];

  test.each([
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${json}`)],
    ['UTF-16, little endian', Buffer.from(`\ufeff${json}`, 'utf16le')],
    ['UTF-16, big endian', utf16be(`\ufeff${json}`)],
    ['gzip', gzipSync(json)],
    ['gzip of several members', Buffer.concat([gzipSync(json.slice(0, 8)), gzipSync(json.slice(8))])],
    ['gzip of UTF-16', gzipSync(Buffer.from(`\ufeff${json}`, 'utf16le'))],
  ])('of %s is read, wherever the chunks are cut', async (_, bytes) => {
    expect(await readCut(bytes)).toEqual(rows);
  });

  test.each([
    ['Parquet', Buffer.from('PAR1\x15\x04', 'latin1'), 'it is a Parquet file: convert it with'],
    ['zip', Buffer.from('PK\x03\x04\x14', 'latin1'), 'it is a zip archive'],
    ['gzip of Parquet', gzipSync('PAR1\x15\x04'), 'it is a Parquet file'],
    ['zstd', Buffer.from('28b52ffd00', 'hex'), 'it is compressed with zstd'],
    ['UTF-32', Buffer.from('fffe00007b000000', 'hex'), 'it is UTF-32 text: save it as UTF-8'],
    ['pickle', Buffer.from('80049513000000000000005d94', 'hex'), 'it is not text but some binary format'],
    ['half a surrogate pair', Buffer.from('fffe00d87b00', 'hex'), 'it begins as UTF-16LE and is not: save it as UTF-8'],
    ['gzip cut short', gzipSync(json).subarray(0, 20), 'its gzip data is damaged or cut short'],
    ['gzip that is damaged', Buffer.from('1f8b0800ffffffff', 'hex'), 'its gzip data is damaged or cut short'],
    ['gzip within gzip', gzipSync(gzipSync(json)), 'it is gzip within gzip'],
    ['gzip that unpacks to too much', gzipSync(Buffer.alloc(LIMIT + 1, ' ')), `it unpacks to more than ${LIMIT} bytes`],
  ])('of %s is refused by name', async (_, bytes, reason) => {
    await expect(read(bytes)).rejects.toThrow(reason);
  });

  test('that cannot be read fails as its source does, not as if it were damaged', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield await Promise.resolve(gzipSync(json).subarray(0, 20));
      throw new Error('EIO');
    }
    const rest = async () => {
      for await (const chunk of readRows(broken(), LIMIT)) void chunk;
    };
    await expect(rest()).rejects.toThrow('EIO');
  });
});
