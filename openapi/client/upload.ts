/** Sends a file with the fields of its form, without holding it in memory, and says how far it is. Knows nothing of what is uploaded. */
import { BoughError } from './bough-error.js';
import type { Fetch } from './bough-fetch.js';
import { multipart } from './multipart.js';
import { browserUpload, type SendForm } from './xhr.js';

const CHUNK_BYTES = 65_536;

/** A path (in Node), a Blob or File, or bytes as they come. */
export type UploadFile = string | Blob | AsyncIterable<Uint8Array>;

export interface UploadOptions {
  /** With it a repeated upload gives the first answer. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /**
   * Called with the bytes of the file that have been sent and with all of them; null where that is not known beforehand, as of a directory
   * that is packed on its way. A browser tells this of XMLHttpRequest alone, which then sends the file in the place of `fetch`.
   */
  onProgress?: (sent: number, total: number | null) => void;
}

/** Where files are sent. */
export interface UploadTarget {
  send: Fetch;
  base: string;
  apiKey: string;
}

/**
 * @param route behind the base
 * @param fields texts as they are, everything else as JSON
 * @param name of the file, where it does not say itself
 * @returns the body of the answer
 * @throws {BoughError}
 */
export async function upload<T>(
  { send, base, apiKey }: UploadTarget,
  route: string,
  { file, name, fields }: { file: UploadFile; name: string; fields: object },
  { idempotencyKey, signal, onProgress }: { [K in keyof UploadOptions]: UploadOptions[K] | undefined },
): Promise<T> {
  const texts = Object.entries(fields).flatMap(([field, value]): [string, string][] =>
    value === undefined ? [] : [[field, typeof value === 'string' ? value : JSON.stringify(value)]],
  );
  const url = `${base}${route}`;
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
  const inBrowser = browserUpload();
  const whole = await wholeFile(file, name, inBrowser);
  let response: Response;
  if (whole && inBrowser && onProgress) {
    response = await inBrowser(url, { ...headers, authorization: `Bearer ${apiKey}` }, form(whole, texts), {
      signal,
      // The form around the file is sent first, but for a few bytes.
      onProgress: (sent, total) => onProgress(Math.max(0, sent - (total - whole.bytes.size)), whole.bytes.size),
    });
  } else {
    const init: RequestInit = { method: 'POST', ...(signal ? { signal } : {}) };
    if (whole && !onProgress) {
      init.body = form(whole, texts);
    } else {
      const bytes = whole ? chunksOf(whole.bytes) : (file as AsyncIterable<Uint8Array>);
      const counted = onProgress ? count(bytes, whole?.bytes.size ?? null, onProgress) : bytes;
      const { body, contentType } = multipart(texts, whole?.name ?? name, counted);
      // A body that is not known beforehand is sent while it is read.
      Object.assign(init, { body, duplex: 'half' });
      headers['content-type'] = contentType;
    }
    response = await send(new Request(url, { ...init, headers }));
  }
  if (!response.ok) throw await BoughError.from(response);
  return (await response.json()) as T;
}

interface WholeFile {
  bytes: Blob;
  name: string;
}

/** Null when the bytes come one after another, which only Node can send as they come: browsers do so over HTTP/2 alone, or not at all. */
async function wholeFile(file: UploadFile, name: string, inBrowser: SendForm | null): Promise<WholeFile | null> {
  if (typeof file === 'string') {
    if (inBrowser)
      throw new BoughError('no_file_system', `A browser has no files by path: give a File in place of ${file}`);
    const { openAsBlob } = await import('node:fs');
    const path = await import('node:path');
    return { bytes: await openAsBlob(file), name: path.basename(file) };
  }
  if (file instanceof Blob) return { bytes: file, name: file instanceof File ? file.name : name };
  if (!inBrowser) return null;
  const parts: Blob[] = [];
  // As Blobs they need not stay in memory.
  for await (const part of file) parts.push(new Blob([part]));
  return { bytes: new Blob(parts), name };
}

function form({ bytes, name }: WholeFile, fields: [string, string][]): FormData {
  const data = new FormData();
  for (const [field, value] of fields) data.append(field, value);
  data.append('file', bytes, name);
  return data;
}

/** A Blob that is in memory comes in one piece, which would be all of the progress. */
async function* chunksOf(file: Blob): AsyncGenerator<Uint8Array> {
  for await (const part of file.stream() as unknown as AsyncIterable<Uint8Array>) {
    for (let start = 0; start < part.length; start += CHUNK_BYTES) yield part.subarray(start, start + CHUNK_BYTES);
  }
}

/** A chunk counts as sent when the next one is asked for. */
async function* count(
  chunks: AsyncIterable<Uint8Array>,
  total: number | null,
  onProgress: (sent: number, total: number | null) => void,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of chunks) {
    yield chunk;
    sent += chunk.length;
    onProgress(sent, total);
  }
}
