/** Sends a file with the fields of its form, without holding it in memory. Knows nothing of what is uploaded. */
import { BoughError } from './bough-error.js';
import type { Fetch } from './bough-fetch.js';
import { multipart } from './multipart.js';

/** A path (in Node), a Blob or File, or bytes as they come. */
export type UploadFile = string | Blob | AsyncIterable<Uint8Array>;

export interface UploadOptions {
  /** With it a repeated upload gives the first answer. */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/**
 * @param fields texts as they are, everything else as JSON
 * @param name of the file, where it does not say itself
 * @returns the body of the answer
 * @throws {BoughError}
 */
export async function upload<T>(
  send: Fetch,
  url: string,
  { file, name, fields }: { file: UploadFile; name: string; fields: object },
  { idempotencyKey, signal }: UploadOptions,
): Promise<T> {
  const texts = Object.entries(fields).flatMap(([field, value]): [string, string][] =>
    value === undefined ? [] : [[field, typeof value === 'string' ? value : JSON.stringify(value)]],
  );
  const init: RequestInit = { method: 'POST', ...(signal ? { signal } : {}) };
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  if (typeof file === 'string' || file instanceof Blob) {
    init.body = await form(file, name, texts);
  } else {
    const { body, contentType } = multipart(texts, name, file);
    // A body that is not known beforehand is sent while it is read.
    Object.assign(init, { body, duplex: 'half' });
    headers['content-type'] = contentType;
  }
  const response = await send(new Request(url, { ...init, headers }));
  if (!response.ok) throw await BoughError.from(response);
  return (await response.json()) as T;
}

async function form(file: string | Blob, name: string, fields: [string, string][]): Promise<FormData> {
  const data = new FormData();
  for (const [field, value] of fields) data.append(field, value);
  if (typeof file === 'string') {
    const { openAsBlob } = await import('node:fs');
    const path = await import('node:path');
    data.append('file', await openAsBlob(file), path.basename(file));
  } else {
    data.append('file', file, file instanceof File ? file.name : name);
  }
  return data;
}
