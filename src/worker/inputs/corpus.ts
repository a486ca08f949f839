/** Makes a corpus ready to be searched: brings here what it is ranked by, or makes it where there is none that can be used. How it is ranked is the tool's affair. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { IsNull, type QueryDeepPartialEntity } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { CorpusSearchSpec } from '../../spec/tools/search.js';
import type { StoredBlob } from '../../store/blobs/blob-store.js';
import { recordBlob } from '../../store/blobs/record-blob.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import type { SearchIndex } from '../../store/shapes.js';
import { buildIndex } from '../../tools/corpus/build-index.js';
import type { Embedder } from '../../tools/corpus/embedder.js';
import { INDEX_FORMAT } from '../../tools/corpus/index-writer.js';
import type { Corpus } from '../../tools/search.js';
import { retryTransient } from '../claim/retry-transient.js';
import type { CorpusContext, ReadyCorpus } from './corpus-context.js';
import { embeddedCorpus } from './corpus-embeddings.js';
import { textsAt, textsBetween } from './corpus-texts.js';
import { broughtHere, keepNamedBlobs } from './derived-blobs.js';

/** An open corpus holds eight bytes of memory for each. */
const MAX_DOCUMENTS = 10_000_000;

/**
 * Index and embeddings are made when a corpus is searched by them for the first time, or when their bytes turn out to be damaged or of another format, and
 * stored for the next.
 * @param embedder null: it is ranked by its words alone
 * @throws {AppError} INPUT_FAILED for a dataset that cannot be searched, and for an endpoint that does not embed it
 */
export async function openCorpus(
  dataset: ReadyCorpus,
  { retrieval, embedder }: { retrieval: CorpusSearchSpec['retrieval']; embedder: Embedder | null },
  context: CorpusContext,
): Promise<Corpus> {
  const { id, numExamples } = dataset;
  if ((numExamples ?? 0) > MAX_DOCUMENTS) {
    const reason = `it has ${numExamples} documents, and at most ${MAX_DOCUMENTS} can be searched: split it`;
    throw new AppError('INPUT_FAILED', { object: 'dataset', id, reason });
  }
  const indexPath = retrieval === 'dense' ? null : await indexed(dataset, context);
  const embeddings = embedder && { vectors: await embeddedCorpus(dataset, embedder, context), embedder };
  return { indexPath, embeddings, texts: (numbers, ends) => textsAt(context.dataSource, id, numbers, ends) };
}

/**
 * Two workers that make the index at the same time make the same bytes.
 * @returns where it lies
 */
async function indexed({ id, searchIndex, numExamples }: ReadyCorpus, context: CorpusContext): Promise<string> {
  const { dataSource, blobs, scratch, signal } = context;
  const path = join(scratch, `index-${id}`);
  if (searchIndex?.format === INDEX_FORMAT && (await broughtHere(`the index of ${id}`, searchIndex, path, blobs)))
    return path;
  await rm(path, { force: true });
  await buildIndex(textsBetween(dataSource, id, { from: 0, to: numExamples ?? 0 }, signal), path, signal);
  await keep(id, path, context);
  return path;
}

/** Stores the index, unless the dataset has been deleted meanwhile. */
async function keep(id: string, path: string, { dataSource, blobs, signal }: CorpusContext): Promise<void> {
  const index: StoredBlob = await blobs.put(path);
  const searchIndex: SearchIndex = { format: INDEX_FORMAT, sha256: index.sha256, size_bytes: index.sizeBytes };
  const record = () =>
    dataSource.transaction(async (manager) => {
      const values = { searchIndex } as QueryDeepPartialEntity<Dataset>;
      const { affected } = await manager.update(Dataset, { id, deletedAt: IsNull() }, values);
      if (affected === 0) return;
      await recordBlob(manager, id, index);
      await keepNamedBlobs(manager, id);
    });
  await retryTransient(record, signal);
}
