/** Uploads a dataset without holding it in memory. */
import type { components } from '../types.js';
import type { Fetch } from './bough-fetch.js';
import { upload, type UploadFile, type UploadOptions } from './upload.js';

type Dataset = components['schemas']['Dataset'];

export type DatasetFile = UploadFile;

export interface DatasetOptions extends UploadOptions {
  kind: Dataset['kind'];
  /** Default: the name of the file. */
  name?: string;
  format?: 'auto' | 'jsonl' | 'json' | 'parquet' | 'csv';
  /** Names of your fields, by ours: `{ question: 'problem' }`. */
  mapping?: Record<string, string>;
  metadata?: Record<string, string>;
}

/** @throws {BoughError} */
export function uploadDataset(
  send: Fetch,
  base: string,
  file: DatasetFile,
  { idempotencyKey, signal, ...fields }: DatasetOptions,
): Promise<Dataset> {
  const options = { ...(idempotencyKey === undefined ? {} : { idempotencyKey }), ...(signal ? { signal } : {}) };
  return upload(send, `${base}/v1/datasets`, { file, name: 'dataset.jsonl', fields }, options);
}
