/**
 * The rows of a Parquet file. Decoding is done by a thread whose memory is limited, since a file may say anything of what is in it; this side
 * gives it the bytes that it asks for and ends it when it takes too long.
 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { FromParquetThread, ToParquetThread } from './parquet-thread.js';
import type { SourceFile } from './source-file.js';
import { FileError, type SourceRow } from './source-row.js';

const MAGIC = 'PAR1';
/** At the end of a file: the length of its description, which comes before, and the magic number. */
const TAIL_BYTES = 8;
const MAX_DESCRIPTION_BYTES = 64 * 1024 * 1024;
/** For one group of rows to be read and decoded. */
const TIMEOUT_S = 120;
/** Beside what is being decoded, which is held outside of it. */
const MEMORY_MB = 1536;

const THREAD = new URL(`./parquet-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

export async function isParquet(file: SourceFile): Promise<boolean> {
  if (file.sizeBytes < MAGIC.length) return false;
  return (await bytesOf(file, 0, MAGIC.length)).toString('latin1') === MAGIC;
}

/**
 * Every row as JSON, those that were decoded together in a few chunks; `line` is the number of the row, from 1.
 * @param limit bytes of all rows as JSON: repeated values take no room in the file
 * @throws {FileError} when it is damaged, or needs too much memory or time
 */
export async function* readParquet(file: SourceFile, limit: number): AsyncGenerator<SourceRow[]> {
  await checkEnd(file);
  const thread = new Worker(THREAD, {
    env: {},
    workerData: file.sizeBytes,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  thread.on('error', () => undefined);
  const messages = answersOf(thread);
  const send = (message: ToParquetThread, transfer: ArrayBuffer[] = []): void => thread.postMessage(message, transfer);
  let line = 1;
  let bytes = 0;
  try {
    for (;;) {
      const message = await messages.next();
      if (message.type === 'read') {
        const part = new Uint8Array(await bytesOf(file, message.start, message.end)).buffer;
        send({ type: 'bytes', bytes: part }, [part]);
        continue;
      }
      if (message.type === 'end') return;
      if (message.type === 'problem') throw new FileError(message.problem);
      bytes += message.rows.reduce((sum, text) => sum + text.length, 0);
      if (bytes > limit) throw new FileError(`its rows are more than ${limit} bytes: send it in several datasets`);
      yield message.rows.map((text) => ({ line: line++, content: { text } }));
      send({ type: 'more' });
    }
  } finally {
    await thread.terminate();
  }
}

async function checkEnd(file: SourceFile): Promise<void> {
  const tail = await bytesOf(file, Math.max(0, file.sizeBytes - TAIL_BYTES), file.sizeBytes);
  if (tail.subarray(4).toString('latin1') !== MAGIC) {
    throw new FileError('it is cut short or damaged: it does not end as a Parquet file does');
  }
  const length = tail.readUInt32LE(0);
  if (length > Math.min(MAX_DESCRIPTION_BYTES, file.sizeBytes)) throw new FileError('its end is damaged');
}

/** What the thread says, one message after the other: it sends none before the last is answered. */
function answersOf(thread: Worker): { next(): Promise<FromParquetThread> } {
  return {
    async next() {
      const settled = new AbortController();
      const until = { signal: settled.signal };
      try {
        return await Promise.race([
          once(thread, 'message', until).then(([message]) => message as FromParquetThread),
          once(thread, 'exit', until).then(([status]) => Promise.reject(new Error(`the thread ended with ${status}`))),
          delay(TIMEOUT_S * 1000, undefined, until).then(() =>
            Promise.reject(new FileError(`a group of its rows takes more than ${TIMEOUT_S} s to decode: ${SMALLER}`)),
          ),
        ]);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
          throw new FileError(`a group of its rows needs more than ${MEMORY_MB} MiB to decode: ${SMALLER}`);
        }
        throw error;
      } finally {
        settled.abort();
      }
    },
  };
}

/** @param end exclusive */
async function bytesOf(file: SourceFile, start: number, end: number): Promise<Buffer> {
  if (end <= start) return Buffer.alloc(0);
  const parts: Buffer[] = [];
  for await (const part of file.open({ start, end: end - 1 })) parts.push(part);
  return Buffer.concat(parts);
}

const SMALLER = 'write it in smaller groups, as with `df.to_parquet(FILE, row_group_size=10_000)`';
