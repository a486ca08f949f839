/** Turns the uploaded file of a dataset into examples. The worker calls it; it knows nothing of jobs. */
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../blobs/blob-store.js';
import { checkBlob } from '../blobs/check-blob.js';
import { Dataset } from '../entities/dataset.entity.js';
import type { Failure, RejectedRow } from '../shapes.js';
import { storableText } from '../storable-text.js';
import { roomForRows } from '../quotas.js';
import { ExampleBatch } from './example-batch.js';
import { mendedJson, MENDED } from './mended-json.js';
import { JSON_FIELDS, normalise } from './normalise.js';
import { readRows } from './rows.js';
import { FileError, RowError, type SourceRow } from './source-row.js';

const SHOWN_REJECTIONS = 100;
const SHOWN_REASON_LENGTH = 500;
/** Of the rejections, how many the dataset's error tells. */
const REASONS_IN_ERROR = 3;
const MAX_UNPACKED_BYTES = 2 ** 30;

export interface ImportContext {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  /**
   * Called at the beginning of every transaction, so that a worker that has lost its claim writes nothing more: it rejects then, and the
   * import with it.
   */
  readonly guard?: (manager: EntityManager) => Promise<unknown>;
  /** What a gzip file may unpack to; 1 GiB by default. */
  readonly maxUnpackedBytes?: number;
  /** Stops the import between two chunks of the file. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the file row by row in constant memory, stores the rows that are good and notes why others are not; afterwards the dataset is
 * `ready`, or `failed` when the file cannot be read or most of its rows are not good. What an interrupted import has left is replaced. A dataset that is not `processing`, or has been
 * deleted, is left alone.
 * @throws whatever keeps it from doing so: the database, the blob store, the guard
 */
export async function importDataset(datasetId: string, context: ImportContext): Promise<void> {
  const { dataSource, blobs, signal, maxUnpackedBytes = MAX_UNPACKED_BYTES } = context;
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

  const room = await roomForRows(dataSource.manager, dataset.projectId);
  const rejected = new Rejections();
  const batch = new ExampleBatch(datasetId, guarded);
  let format = dataset.format;
  let mended = 0;
  let unreadable: string | null = null;
  const { kind, mapping, sha256, sizeBytes } = dataset;
  const jsonColumns = new Set(JSON_FIELDS.map((name) => mapping[name] ?? name));
  const options = { limit: maxUnpackedBytes, declared: format, jsonColumns };
  try {
    await checkBlob(blobs, dataset);
    for await (const chunk of readRows({ sizeBytes, open: (range) => blobs.open(sha256, range) }, options)) {
      signal?.throwIfAborted();
      ({ format } = chunk);
      for (const row of chunk.rows) {
        try {
          if (room && batch.total >= room.rows) throw new FileError(tooMany(room));
          if ('problem' in row.content) throw new RowError(row.content.problem);
          const json = mendedJson(row.content.text);
          await batch.add(row.line, normalise(kind, json, mapping, batch.total));
          if (json !== row.content.text) mended++;
        } catch (error) {
          if (!(error instanceof RowError)) throw error;
          rejected.add(row, error.message);
        }
      }
    }
    await batch.flush();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    unreadable = error.message;
    await batch.flush();
  } finally {
    await batch.settled();
  }

  unreadable ??= tooFew(batch.total, rejected);
  await guarded((manager) =>
    manager.update(
      Dataset,
      { id: datasetId },
      {
        status: unreadable === null ? 'ready' : 'failed',
        error: unreadable === null ? null : failure(unreadable),
        format,
        warnings: mended > 0 ? [`${mended} of ${batch.total} rows ${MENDED}`] : [],
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

  add({ line, element }: SourceRow, reason: string): void {
    this.count++;
    if (this.shown.length >= SHOWN_REJECTIONS) return;
    const text = element === undefined ? reason : `element ${element}: ${reason}`;
    this.shown.push({ line, reason: storableText(text.slice(0, SHOWN_REASON_LENGTH)) });
  }
}

function tooMany({ rows, limit }: { rows: number; limit: number }): string {
  return `it has more rows than the ${rows} that the project may still have of ${limit}: delete datasets, this one too, or ask the operator of this service for more`;
}

/** What is wrong with a file most of whose rows are: it is not what its owner takes it for. Null where it may be used. */
function tooFew(accepted: number, rejected: Rejections): string | null {
  if (accepted === 0 && rejected.count === 0) return 'the file has no rows';
  if (rejected.count <= accepted) return null;
  const reasons = rejected.shown.slice(0, REASONS_IN_ERROR).map(({ line, reason }) => `line ${line}: ${reason}`);
  const those =
    accepted === 0 ? `none of its ${rejected.count}` : `only ${accepted} of its ${accepted + rejected.count}`;
  return `${those} rows can be used, and a dataset needs half of them; ${reasons.join('; ')}`;
}

function failure(reason: string): Failure {
  const { wireCode: code, message, category } = new AppError('DATASET_UNREADABLE', { reason });
  return { code, message: storableText(message), category };
}
