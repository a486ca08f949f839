/** An uploaded file as UTF-8: unpacks gzip, decodes UTF-16, and names what is no text at all. */
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readHead, rejoined } from './head.js';
import { FileError } from './source-row.js';

/** Of the file's beginning, enough to know what it is. */
const HEAD_BYTES = 4096;
/** More control characters than this among the first bytes is no text. */
const MAX_CONTROL_SHARE = 0.02;

/** What else people send, by its first bytes. */
const FORMATS: readonly { magic: string; at?: number; is: string }[] = [
  { magic: 'PAR1', is: 'a Parquet file within gzip: send the Parquet file itself' },
  {
    magic: 'PK\x03\x04',
    is: 'a zip archive or an Excel workbook: send the file that is in it, or save the sheet as CSV UTF-8',
  },
  { magic: '\x28\xb5\x2f\xfd', is: 'compressed with zstd: send it plain or as gzip' },
  { magic: 'BZh', is: 'compressed with bzip2: send it plain or as gzip' },
  { magic: '\xfd7zXZ\0', is: 'compressed with xz: send it plain or as gzip' },
  { magic: 'ARROW1', is: 'an Arrow file: convert it with `datasets.Dataset.from_file(FILE).to_json("rows.jsonl")`' },
  { magic: 'SQLite format 3\0', is: 'an SQLite database: send its rows as JSON Lines' },
  { magic: '%PDF', is: 'a PDF: send its text as JSON Lines' },
  { magic: 'ustar', at: 257, is: 'a tar archive: send the JSON Lines file itself, plain or as gzip' },
];

/**
 * Chunks of the file's text in UTF-8, without a byte order mark; a plain file's bytes are passed on as they are.
 * @param limit bytes that a gzip file may unpack to
 * @throws {FileError} when the file is something else, damaged, or unpacks to more
 */
export async function* readText(source: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  const chunks = source[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks, HEAD_BYTES);
    const all = rejoined(head, chunks);
    if (head[0] === 0x1f && head[1] === 0x8b) yield* readUnpacked(unpack(all, limit));
    else yield* readDecoded(head, all);
  } finally {
    await chunks.return?.();
  }
}

async function* readUnpacked(unpacked: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    const head = await readHead(unpacked, HEAD_BYTES);
    if (head[0] === 0x1f && head[1] === 0x8b) throw new FileError('it is gzip within gzip: compress it once');
    yield* readDecoded(head, rejoined(head, unpacked));
  } finally {
    await unpacked.return(undefined);
  }
}

async function* readDecoded(head: Buffer, all: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  const text = head.toString('latin1');
  const format = FORMATS.find(({ magic, at = 0 }) => text.startsWith(magic, at));
  if (format) throw new FileError(`it is ${format.is}`);
  if (text.startsWith('\xff\xfe\0\0') || text.startsWith('\0\0\xfe\xff')) {
    throw new FileError('it is UTF-32 text: save it as UTF-8');
  }
  if (text.startsWith('\xff\xfe')) yield* decode(all, 'utf-16le');
  else if (text.startsWith('\xfe\xff')) yield* decode(all, 'utf-16be');
  else {
    // oxlint-disable-next-line no-control-regex -- control characters are what is counted
    const controls = text.match(/[\0-\x08\x0e-\x1f]/g)?.length ?? 0;
    if (controls > MAX_CONTROL_SHARE * text.length) {
      throw new FileError(
        'it is not text but some binary format: send JSON Lines, a JSON array or CSV in UTF-8, or Parquet',
      );
    }
    yield* text.startsWith('\xef\xbb\xbf') ? withoutMark(all) : all;
  }
}

async function* unpack(packed: AsyncGenerator<Buffer>, limit: number): AsyncGenerator<Buffer> {
  // The callback does nothing because what goes wrong is thrown where the chunks are read.
  const chunks = pipeline(Readable.from(packed), createGunzip(), () => undefined);
  let bytes = 0;
  try {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw new FileError(`it unpacks to more than ${limit} bytes: send it in several datasets`);
      yield chunk;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new FileError(`its gzip data is damaged or cut short (${message}): compress and send it again`);
  }
}

async function* decode(chunks: AsyncIterable<Buffer>, encoding: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new FileError(`it begins as ${encoding.toUpperCase()} and is not: save it as UTF-8`);
  }
}

async function* withoutMark(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true;
  for await (const chunk of chunks) {
    yield first ? chunk.subarray(3) : chunk;
    first = false;
  }
}
