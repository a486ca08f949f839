/** Reads the documents of a corpus out of PostgreSQL, by their places. */
import type { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { retryTransient } from '../claim/retry-transient.js';

/** Rows that are read at once. */
const PAGE = 1000;

/**
 * The documents from one place to before another in order, a page at a time.
 * @throws {AppError} INPUT_FAILED when they are deleted meanwhile
 */
export async function* textsBetween(
  dataSource: DataSource,
  id: string,
  { from, to }: { from: number; to: number },
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  for (let at = from; at < to; at += PAGE) {
    signal.throwIfAborted();
    // Both ends, as the places have no gaps: a table of which PostgreSQL has no statistics yet is sorted as a whole for each page otherwise.
    const page = await dataSource.query<{ text: string }[]>(
      `SELECT data ->> 'text' AS text FROM dataset_examples WHERE dataset_id = $1 AND index >= $2 AND index < $3 ORDER BY index`,
      [id, at, Math.min(at + PAGE, to)],
    );
    if (page.length === 0)
      throw new AppError('INPUT_FAILED', { object: 'dataset', id, reason: 'it does not exist any more' });
    yield page.map(({ text }) => text);
  }
}

/** @throws {Error} when one is not there */
export async function textsAt(
  dataSource: DataSource,
  id: string,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<string[]> {
  const find = () =>
    dataSource.query<{ index: number; text: string }[]>(
      `SELECT index, data ->> 'text' AS text FROM dataset_examples WHERE dataset_id = $1 AND index = ANY($2)`,
      [id, numbers],
    );
  const found = new Map((await retryTransient(find, signal)).map(({ index, text }) => [index, text]));
  return numbers.map((number) => {
    const text = found.get(number);
    // Nothing keeps a dataset from being deleted under a preview.
    if (text === undefined) throw new Error(`documents of ${id} do not exist any more`);
    return text;
  });
}
