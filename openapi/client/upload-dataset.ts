/** Uploads a dataset without holding it in memory. */
import type { components } from '../types.js';
import { BoughError } from './bough-error.js';
import type { Fetch } from './bough-fetch.js';
import { multipart } from './multipart.js';

type Dataset = components['schemas']['Dataset'];

/** A path (in Node), a Blob or File, or bytes as they come. */
export type DatasetFile = string | Blob | AsyncIterable<Uint8Array>;

export interface DatasetOptions {
  kind: Dataset['kind'];
  /** Default: the name of the file. */
  name?: string;
  format?: 'auto' | 'jsonl';
  /** Names of your fields, by ours: `{ question: 'problem' }`. */
  mapping?: Record<string, string>;
  metadata?: Record<string, string>;
  /** With it a repeated upload gives the first answer. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** @throws {BoughError} */
export async function uploadDataset(
  send: Fetch,
  base: string,
  file: DatasetFile,
  { idempotencyKey, signal, ...options }: DatasetOptions,
): Promise<Dataset> {
  const fields = Object.entries(options).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
  );
  const init: RequestInit = { method: 'POST', ...(signal ? { signal } : {}) };
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  if (typeof file === 'string' || file instanceof Blob) {
    init.body = await form(file, fields);
  } else {
    const { body, contentType } = multipart(fields, 'dataset.jsonl', file);
    // A body that is not known beforehand is sent while it is read.
    Object.assign(init, { body, duplex: 'half' });
    headers['content-type'] = contentType;
  }
  const response = await send(new Request(`${base}/v1/datasets`, { ...init, headers }));
  if (!response.ok) throw await BoughError.from(response);
  return (await response.json()) as Dataset;
}

async function form(file: string | Blob, fields: [string, string][]): Promise<FormData> {
  const data = new FormData();
  for (const [name, value] of fields) data.append(name, value);
  if (typeof file === 'string') {
    const { openAsBlob } = await import('node:fs');
    const path = await import('node:path');
    data.append('file', await openAsBlob(file), path.basename(file));
  } else {
    data.append('file', file, file instanceof File ? file.name : 'dataset.jsonl');
  }
  return data;
}
