/** Downloads files of checkpoints and exports and checks them against their sha256. */
import { BoughError } from './bough-error.js';
import type { Fetch } from './bough-fetch.js';
import { hexOf } from './hex.js';

export interface SavedFile {
  path: string;
  sha256: string;
  sizeBytes: number;
}

/** How often a download goes on after a lost connection without getting any further. */
const TRIES = 5;

/**
 * Goes on where a lost connection broke off.
 * @throws {BoughError} also when the bytes are not those of the sha256
 */
export async function downloadFile(
  send: Fetch,
  base: string,
  ownerId: string,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { subtle } = crypto as { subtle?: typeof crypto.subtle };
  if (!subtle) {
    throw new BoughError(
      'insecure_page',
      'This page cannot check a sha256: browsers allow that over https and on localhost',
    );
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const sha256 = await receive(send, urlOf(base, ownerId, name), (chunk) => void chunks.push(chunk));
  const bytes = new Uint8Array(await new Blob(chunks).arrayBuffer());
  check(name, sha256, hexOf(new Uint8Array(await subtle.digest('SHA-256', bytes))));
  return bytes;
}

/** Writes to `target` only what is whole: until then the bytes are in a file beside it. Goes on where a lost connection broke off. */
export async function saveFile(
  send: Fetch,
  base: string,
  ownerId: string,
  name: string,
  target: string,
): Promise<SavedFile> {
  const { createHash } = await import('node:crypto');
  const { mkdir, open, rename, rm } = await import('node:fs/promises');
  const path = await import('node:path');
  const partial = `${target}.part`;
  await mkdir(path.dirname(target), { recursive: true });
  const file = await open(partial, 'w');
  try {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const sha256 = await receive(send, urlOf(base, ownerId, name), async (chunk) => {
      hash.update(chunk);
      await file.writeFile(chunk);
      sizeBytes += chunk.length;
    });
    check(name, sha256, hash.digest('hex'));
    await file.close();
    await rename(partial, target);
    return { path: target, sha256, sizeBytes };
  } catch (error) {
    await file.close();
    await rm(partial, { force: true });
    throw error;
  }
}

/** Hands over the bytes in order, asking for the rest when the connection is lost. @returns the sha256 that they should have */
async function receive(
  send: Fetch,
  url: string,
  take: (chunk: Uint8Array<ArrayBuffer>) => Promise<void> | void,
): Promise<string> {
  let received = 0;
  let sha256: string | null = null;
  for (let failures = 0; ; failures++) {
    const headers: Record<string, string> =
      sha256 === null ? {} : { range: `bytes=${received}-`, 'if-range': `"${sha256}"` };
    const response = await send(new Request(url, { headers }));
    if (!response.ok || !response.body) throw await BoughError.from(response);
    if (received > 0 && response.status !== 206)
      throw new BoughError('changed', 'The file changed during the download');
    sha256 ??= sha256Of(response);
    try {
      for await (const chunk of chunksOf(response.body)) {
        await take(chunk);
        received += chunk.length;
        failures = 0;
      }
      return sha256;
    } catch (error) {
      if (failures + 1 >= TRIES) throw error;
    }
  }
}

/** Not all browsers can go through a stream by themselves. */
async function* chunksOf(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** @param ownerId `ckpt_…` or `exp_…` */
function urlOf(base: string, ownerId: string, name: string): string {
  const collection = ownerId.startsWith('exp_') ? 'exports' : 'checkpoints';
  const path = name.split('/').map(encodeURIComponent).join('/');
  return `${base}/v1/${collection}/${encodeURIComponent(ownerId)}/files/${path}`;
}

/** The ETag is the sha256. */
function sha256Of(response: Response): string {
  return response.headers.get('etag')?.replaceAll('"', '') ?? '';
}

function check(name: string, expected: string, actual: string): void {
  if (expected === actual) return;
  throw new BoughError('damaged', `${name} was damaged on its way: its sha256 is ${actual}, not ${expected}`);
}
