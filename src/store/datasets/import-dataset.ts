/** Turns the uploaded file of a dataset into examples. The worker calls it; it knows nothing of jobs. */
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../blobs/blob-store.js';
import { Dataset } from '../entities/dataset.entity.js';
import type { Failure, RejectedRow } from '../shapes.js';
import { storableText } from '../storable-text.js';
import { ExampleBatch } from './example-batch.js';
import { RowError } from './fields.js';
import { readLines } from './lines.js';
import { normalise } from './normalise.js';

const SHOWN_REJECTIONS = 100;
const SHOWN_REASON_LENGTH = 500;

export interface ImportContext {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  /**
   * Called at the beginning of every transaction, so that a worker that has lost its claim writes nothing more: it rejects then, and the
   * import with it.
   */
  readonly guard?: (manager: EntityManager) => Promise<void>;
  /** Stops the import between two batches. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the file line by line in constant memory, stores the rows that are good and notes why others are not; afterwards the dataset is
 * `ready`, or `failed` when no row was good. What an interrupted import has left is replaced. A dataset that is not `processing`, or has been
 * deleted, is left alone.
 * @throws whatever keeps it from doing so: the database, the blob store, the guard
 */
export async function importDataset(datasetId: string, context: ImportContext): Promise<void> {
  const { dataSource, blobs, signal } = context;
  const guarded = <T>(work: (manager: EntityManager) => Promise<T>): Promise<T> =>
    dataSource.transaction(async (manager) => {
      await context.guard?.(manager);
      return work(manager);
    });

  const dataset = await guarded(async (manager) => {
    const found = await manager.findOneBy(Dataset, { id: datasetId, status: 'processing', deletedAt: IsNull() });
    if (found) await manager.query('DELETE FROM dataset_examples WHERE dataset_id = $1', [datasetId]);
    return found;
  });
  if (!dataset) return;

  const rejected = new Rejections();
  const batch = new ExampleBatch(datasetId, guarded);
  for await (const line of readLines(blobs.open(dataset.sha256))) {
    signal?.throwIfAborted();
    try {
      if ('problem' in line) throw new RowError(line.problem);
      await batch.add(line.number, normalise(dataset.kind, line.text, dataset.mapping, batch.total));
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      rejected.add(line.number, error.message);
    }
  }
  await batch.flush();

  const error = batch.total > 0 ? null : noRows(rejected);
  await guarded((manager) =>
    manager.update(
      Dataset,
      { id: datasetId },
      {
        status: error ? 'failed' : 'ready',
        error,
        numExamples: batch.total,
        numRejected: rejected.count,
        rejectedRows: rejected.shown,
      },
    ),
  );
}

class Rejections {
  count = 0;
  readonly shown: RejectedRow[] = [];

  add(line: number, reason: string): void {
    this.count++;
    if (this.shown.length < SHOWN_REJECTIONS)
      this.shown.push({ line, reason: storableText(reason.slice(0, SHOWN_REASON_LENGTH)) });
  }
}

function noRows(rejected: Rejections): Failure {
  const [first] = rejected.shown;
  const reason = first
    ? `none of its ${rejected.count} rows is valid; line ${first.line}: ${first.reason}`
    : 'the file has no rows';
  const { wireCode: code, message, category } = new AppError('DATASET_UNREADABLE', { reason });
  return { code, message, category };
}
