/** What it takes to make a corpus ready to be searched. */
import type { DataSource } from 'typeorm';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import type { Dataset } from '../../store/entities/dataset.entity.js';

export interface CorpusContext {
  readonly dataSource: DataSource;
  readonly blobs: BlobStore;
  /** Where files may lie until the corpus is not searched any more. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

export type ReadyCorpus = Pick<Dataset, 'id' | 'numExamples' | 'searchIndex'>;
