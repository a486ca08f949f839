/** Uploads a dataset without holding it in memory. */
import type { components } from '../types.js';
import { upload, type UploadFile, type UploadOptions, type UploadTarget } from './upload.js';

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
  target: UploadTarget,
  file: DatasetFile,
  { idempotencyKey, signal, onProgress, ...fields }: DatasetOptions,
): Promise<Dataset> {
  const options = { idempotencyKey, signal, onProgress };
  return upload(target, '/v1/datasets', { file, name: 'dataset.jsonl', fields }, options);
}
