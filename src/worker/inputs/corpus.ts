/** Makes a corpus ready to be searched: brings its index here, or makes it where there is none that can be used. What it ranks by is the tool's affair. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Logger } from '@nestjs/common';
import { IsNull, type DataSource, type QueryDeepPartialEntity } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore, StoredBlob } from '../../store/blobs/blob-store.js';
import { recordBlob } from '../../store/blobs/record-blob.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import type { SearchIndex } from '../../store/shapes.js';
import { keepBlobUses } from '../../store/uses.js';
import { buildIndex } from '../../tools/corpus/build-index.js';
import { INDEX_FORMAT } from '../../tools/corpus/index-writer.js';
import type { Corpus } from '../../tools/search.js';
import { retryTransient } from '../claim/retry-transient.js';
import { materialise } from '../files/stored-files.js';

/** An open corpus holds eight bytes of memory for each. */
const MAX_DOCUMENTS = 10_000_000;
/** Rows that are read at once. */
const PAGE = 1000;

export interface CorpusContext {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  /** Where files may lie until the corpus is not searched any more. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

type Ready = Pick<Dataset, 'id' | 'sha256' | 'numExamples' | 'searchIndex'>;

/**
 * The index is made when a corpus is searched for the first time, or when its bytes turn out to be damaged or of another format, and stored for the
 * next. Two workers that make it at the same time make the same bytes.
 * @throws {AppError} INPUT_FAILED for a dataset that cannot be searched
 */
export async function openCorpus(dataset: Ready, context: CorpusContext): Promise<Corpus> {
  const { dataSource, scratch, signal } = context;
  const { id, searchIndex, numExamples } = dataset;
  if ((numExamples ?? 0) > MAX_DOCUMENTS) {
    const reason = `it has ${numExamples} documents, and at most ${MAX_DOCUMENTS} can be searched: split it`;
    throw new AppError('INPUT_FAILED', { object: 'dataset', id, reason });
  }
  const indexPath = join(scratch, `index-${id}`);
  if (!(searchIndex && (await fetched(id, searchIndex, indexPath, context)))) {
    await rm(indexPath, { force: true });
    await buildIndex(allTexts(dataSource, dataset, signal), indexPath, signal);
    await keep(dataset, indexPath, context);
  }
  return { indexPath, texts: (numbers, ends) => textsAt(dataSource, id, numbers, ends) };
}

/** @returns whether the bytes that were stored lie there now */
async function fetched(
  datasetId: string,
  { format, sha256, size_bytes }: SearchIndex,
  path: string,
  { blobs, scratch }: CorpusContext,
): Promise<boolean> {
  if (format !== INDEX_FORMAT) return false;
  const logger = new Logger('Search');
  try {
    await rm(path, { force: true });
    await materialise(blobs, [{ name: `index-${datasetId}`, sha256, size_bytes }], scratch);
    if ((await sha256Of(path)) === sha256) return true;
    logger.warn(`the index of ${datasetId} is damaged and is made anew`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    logger.warn(`the index of ${datasetId} is made anew: ${error.message}`);
  }
  return false;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** Stores the index, unless the dataset has been deleted meanwhile. */
async function keep({ id, sha256 }: Ready, path: string, { dataSource, blobs, signal }: CorpusContext): Promise<void> {
  const index: StoredBlob = await blobs.put(path);
  const searchIndex: SearchIndex = { format: INDEX_FORMAT, sha256: index.sha256, size_bytes: index.sizeBytes };
  const record = () =>
    dataSource.transaction(async (manager) => {
      const values = { searchIndex } as QueryDeepPartialEntity<Dataset>;
      const { affected } = await manager.update(Dataset, { id, deletedAt: IsNull() }, values);
      if (affected === 0) return;
      await recordBlob(manager, id, index);
      await keepBlobUses(manager, id, [sha256, index.sha256]);
    });
  await retryTransient(record, signal);
}

/**
 * All documents in order.
 * @throws {AppError} INPUT_FAILED when they are deleted meanwhile
 */
async function* allTexts(
  dataSource: DataSource,
  { id, numExamples }: Ready,
  signal: AbortSignal,
): AsyncGenerator<string[]> {
  for (let from = 0; from < (numExamples ?? 0); from += PAGE) {
    signal.throwIfAborted();
    // Both ends, as the places have no gaps: a table of which PostgreSQL has no statistics yet is sorted as a whole for each page otherwise.
    const page = await dataSource.query<{ text: string }[]>(
      `SELECT data ->> 'text' AS text FROM dataset_examples WHERE dataset_id = $1 AND index >= $2 AND index < $3 ORDER BY index`,
      [id, from, from + PAGE],
    );
    if (page.length === 0)
      throw new AppError('INPUT_FAILED', { object: 'dataset', id, reason: 'it does not exist any more' });
    yield page.map(({ text }) => text);
  }
}

/** @throws {Error} when one is not there */
async function textsAt(
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
