/** A thread that decodes a Parquet file: it asks for the bytes that it needs, and gives rows when it is asked for more. It is stopped from outside. */
import { once } from 'node:events';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type Compressors } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** One at a time: the thread waits for the answer to each. */
export type FromParquetThread =
  | { readonly type: 'read'; readonly start: number; readonly end: number }
  | { readonly type: 'rows'; readonly rows: readonly string[] }
  | { readonly type: 'problem'; readonly problem: string }
  | { readonly type: 'end' };

export type ToParquetThread = { readonly type: 'bytes'; readonly bytes: ArrayBuffer } | { readonly type: 'more' };

/** A group of rows is decoded at once. */
const MAX_GROUP_BYTES = 256 * 1024 * 1024;
/** Rows that are handed on together. */
const CHUNK_ROWS = 200;

class Refusal extends Error {}

const port = parentPort as MessagePort;

async function ask(message: FromParquetThread): Promise<ToParquetThread> {
  const answer = once(port, 'message');
  port.postMessage(message);
  const [given] = (await answer) as [ToParquetThread];
  return given;
}

/** Reads are made one after the other. */
let reading: Promise<unknown> = Promise.resolve();

const size = workerData as number;

const file: AsyncBuffer = {
  byteLength: size,
  slice(start: number, end: number = size): Promise<ArrayBuffer> {
    const next = reading.then(async () => {
      if (start < 0 || end > size || end < start) throw new Refusal('it points outside of itself');
      const answer = await ask({ type: 'read', start, end });
      if (answer.type !== 'bytes') throw new TypeError('expected bytes');
      return answer.bytes;
    });
    reading = next.catch(() => undefined);
    return next;
  },
};

/** A page says how large it is unpacked, and may say anything. */
const limited: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([name, unpack]) => [
    name,
    (input: Uint8Array, length: number) => {
      if (length > MAX_GROUP_BYTES) throw new Refusal(`a page of it has more than ${MAX_GROUP_BYTES} bytes`);
      return unpack(input, length);
    },
  ]),
);

async function decode(): Promise<void> {
  const metadata = await parquetMetadataAsync(file);
  let start = 0;
  for (const { num_rows, total_byte_size } of metadata.row_groups) {
    if (total_byte_size > MAX_GROUP_BYTES) {
      throw new Refusal(
        `its rows are written in groups of more than ${MAX_GROUP_BYTES} bytes: write it in smaller ones, as with \`df.to_parquet(FILE, row_group_size=10_000)\``,
      );
    }
    const end = start + Number(num_rows);
    const rows = await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end, compressors: limited });
    for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
      await ask({ type: 'rows', rows: rows.slice(at, at + CHUNK_ROWS).map(toJson) });
    }
    start = end;
  }
}

/** A row as JSON. What JSON has no word for becomes text: the digits of long integers, base64 of bytes, dates as ISO 8601 writes them. */
function toJson(row: Record<string, unknown>): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
    return value;
  });
}

try {
  await decode();
  port.postMessage({ type: 'end' } satisfies FromParquetThread);
} catch (error) {
  const said = error instanceof Refusal ? error.message : `it is damaged, or no Parquet file (${String(error)})`;
  port.postMessage({ type: 'problem', problem: said } satisfies FromParquetThread);
}
// The port would keep the thread alive.
port.close();
