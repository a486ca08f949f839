import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { readRows } from './rows.js';
import type { SourceFile } from './source-file.js';
import { MAX_ROW_BYTES, type SourceRow } from './source-row.js';

const LIMIT = 1024 * 1024;

function fileOf(chunks: readonly Buffer[]): SourceFile {
  const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const part = (start: number, end: number) => Readable.from([Buffer.concat(chunks).subarray(start, end + 1)]);
  return { sizeBytes, open: (range) => (range ? part(range.start, range.end) : Readable.from(chunks)) };
}

async function read(...chunks: (string | Buffer)[]): Promise<{ format: string | undefined; rows: SourceRow[] }> {
  const rows: SourceRow[] = [];
  let format: string | undefined;
  const options = { limit: LIMIT, jsonColumns: new Set(['answers']) };
  for await (const chunk of readRows(fileOf(chunks.map((one) => Buffer.from(one))), options)) {
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

describe('CSV', () => {
  const texts = (rows: readonly SourceRow[]) => rows.map(({ line, content }) => [line, content]);

  test('has a row for each record, which begins on the line that it says', async () => {
    const { format, rows } = await read('question,answer\n"Who, and\nwhen?","the ""one"""\n\n4?,\n5?,five');
    expect(format).toBe('csv');
    expect(texts(rows)).toEqual([
      [2, { text: String.raw`{"question":"Who, and\nwhen?","answer":"the \"one\""}` }],
      [5, { text: '{"question":"4?"}' }],
      [6, { text: '{"question":"5?","answer":"five"}' }],
    ]);
  });

  test.each([
    ['semicolons', 'question;answer\r\n1,5?;1,5\r\n'],
    ['tabs', 'question\tanswer\n1,5?\t1,5\n'],
    ['a byte order mark and quotes', '\ufeff"question","answer"\n"1,5?","1,5"\n'],
    ['an index without a name', ',question,answer\n0,"1,5?","1,5"\n'],
    ['UTF-16', Buffer.from('\ufeffquestion\tanswer\n1,5?\t1,5\n', 'utf16le')],
    ['gzip', gzipSync('question;answer\n1,5?;1,5')],
  ])('may have %s', async (_, file) => {
    expect((await read(file)).rows).toEqual([{ line: 2, content: { text: '{"question":"1,5?","answer":"1,5"}' } }]);
  });

  test('has JSON in the cells that may have it, and a list as Python writes it is no text', async () => {
    const { rows } = await read(`question,answers\n[1],"[""a"", ""b""]"\n2,"['a', 'b']"\n3,"a, b"\n`);
    expect(rows.map(({ content }) => content)).toEqual([
      { text: '{"question":"[1]","answers":["a", "b"]}' },
      { problem: expect.stringContaining('answers: begins as a list or an object and is not JSON') },
      { text: '{"question":"3","answers":"a, b"}' },
    ]);
  });

  test('has a problem where a row has more cells than the first line', async () => {
    expect((await read('question,answer\na,b,c\nd,e')).rows.map(({ content }) => content)).toEqual([
      { problem: 'has 3 cells and the first line 2: quote cells that have a comma' },
      { text: '{"question":"d","answer":"e"}' },
    ]);
  });

  test('of thousands of rows has all of them', async () => {
    const text = `question,answer\n${Array.from({ length: 20_000 }, (_, id) => `${id}?,"${id}"`).join('\n')}`;
    const { rows } = await read(...text.match(/[^]{1,4093}/g)!);
    expect(rows).toHaveLength(20_000);
    expect(rows.at(-1)).toEqual({ line: 20_001, content: { text: '{"question":"19999?","answer":"19999"}' } });
  });

  test.each([
    ['a,b\n"c,d\n', 'it is not CSV: Quote Not Closed'],
    ['a,b,a\n1,2,3\n', 'two of its columns are called a: rename one of them'],
    [Buffer.from('question,answer\nwo?,K\xf6ln\n', 'latin1'), 'it is not UTF-8 text: save it as CSV UTF-8'],
  ])('is refused as a whole: %#', async (file, reason) => {
    await expect(read(file)).rejects.toThrow(reason);
  });
});

describe('Parquet', () => {
  const fixture = (name: string) => readFile(new URL(`../../../test/datasets/${name}.parquet`, import.meta.url));
  const parsed = (rows: readonly SourceRow[]) =>
    rows.map(({ content }) => JSON.parse((content as { text: string }).text) as Record<string, unknown>);

  test('as pyarrow writes it is read group by group, nested values as JSON', async () => {
    const { format, rows } = await read(await fixture('verl'));
    expect(format).toBe('parquet');
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4]);
    expect(parsed(rows)[3]).toEqual({
      data_source: 'made_up',
      prompt: [
        { content: 'Answer in \boxed{}.', role: 'system' },
        { content: 'What is half of 3?', role: 'user' },
      ],
      ability: 'math',
      reward_model: { ground_truth: '\\frac{3}{2}', style: 'rule' },
      extra_info: { index: 3, need_tools_kwargs: true, question: 'What is half of 3?', split: 'train' },
      metadata: null,
    });
  });

  test('keeps what JSON has no word for as text', async () => {
    expect(parsed((await read(await fixture('types'))).rows)).toEqual([
      {
        question: 'a',
        answers: ['x', 'y'],
        id: '4611686018427387905',
        when: '2024-02-29T00:00:00.000Z',
        weight: 'NaN',
        raw: expect.any(String),
      },
      { question: 'b', answers: ['z'], id: 7, when: '2024-02-29T00:00:00.000Z', weight: 0.5, raw: null },
    ]);
  });

  test('of thousands of rows has all of them', async () => {
    const data = Array.from({ length: 20_000 }, (_, id) => `${id}?`);
    const { rows } = await read(Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'question', data }] })));
    expect(rows).toHaveLength(20_000);
    expect(rows.at(-1)).toEqual({ line: 20_000, content: { text: '{"question":"19999?"}' } });
  });

  test('whose rows repeat a long text more often than an upload may have is refused', async () => {
    const data = Array.from({ length: 500 }, () => 'x'.repeat(4096));
    const file = Buffer.from(parquetWriteBuffer({ columnData: [{ name: 'text', data }] }));
    expect(file.length).toBeLessThan(LIMIT);
    await expect(read(file)).rejects.toThrow(`its rows are more than ${LIMIT} bytes: send it in several datasets`);
  });

  test('that is damaged is refused with the reason, and is never waited for', async () => {
    const file = await fixture('verl');
    await expect(read(file.subarray(0, 2000))).rejects.toThrow('it is cut short or damaged');
    const long = Buffer.from(file);
    long.writeUInt32LE(0x7fffffff, file.length - 8);
    await expect(read(long)).rejects.toThrow('its end is damaged');
    const middle = Buffer.from(file).fill(0xff, 4, 300);
    await expect(read(middle)).rejects.toThrow('it is damaged, or no Parquet file');
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
    ['zip', Buffer.from('PK\x03\x04\x14', 'latin1'), 'it is a zip archive'],
    ['gzip of Parquet', gzipSync('PAR1\x15\x04'), 'it is a Parquet file within gzip: send'],
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
      for await (const chunk of readRows({ sizeBytes: 2, open: broken }, { limit: LIMIT })) void chunk;
    };
    await expect(rest()).rejects.toThrow('EIO');
  });
});
