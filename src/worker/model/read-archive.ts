/**
 * Reads a tar, which may be compressed with gzip, in constant memory, and refuses every archive that could do harm: by where its files lead, by
 * what they are, by how many they are, or by what they unpack to. Stores nothing.
 */
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { isAccompanying, isDocument, isWeights, unreadable } from './model-files.js';
import { tooMany } from './model-folder.js';

export interface ArchiveLimits {
  /** Unpacked, everything counted. */
  readonly maxBytes: number;
  /** Files and folders. */
  readonly maxEntries: number;
  /** How many times its size an archive may unpack to, once it has unpacked to `freeBytes`. Weights hardly shrink. */
  readonly maxRatio: number;
  readonly freeBytes: number;
}

const GZIP = '1f8b';
const ZIP = '504b0304';
/** Characters of a path: a tar may hold one of megabytes. */
const MAX_PATH = 1024;

export const ARCHIVE_LIMITS = { maxEntries: 2000, maxRatio: 100, freeBytes: 2 ** 26 } as const;

export interface Archive {
  readonly blobs: Pick<BlobStore, 'open'>;
  readonly sha256: string;
  /** As it was uploaded. */
  readonly bytes: number;
  readonly limits: ArchiveLimits;
  readonly signal: AbortSignal;
}

export interface ArchivedFile {
  /** Without a leading `./`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * @param visit is given each file in turn; a content that it does not read is passed over
 * @param count sees the bytes of the archive as they are read
 * @throws {AppError} MODEL_UNREADABLE naming the entry at fault
 */
export async function readArchive(
  archive: Archive,
  visit: (file: ArchivedFile) => Promise<void>,
  count: (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array> = (source) => source,
): Promise<void> {
  const { blobs, sha256, limits, signal } = archive;
  const start = await firstBytes(blobs.open(sha256, { start: 0, end: 3 }));
  if (start === ZIP) throw unreadable('it is a zip: pack the folder as a tar (tar -czf model.tar.gz -C FOLDER .)');
  const zipped = start.startsWith(GZIP);
  const tar = extract();
  // streamx's streams work as Node's where they are piped.
  const target = tar as unknown as Writable;
  const limited = (source: AsyncIterable<Uint8Array>) => limitUnpacked(source, archive);
  const feeding = zipped
    ? pipeline(blobs.open(sha256), count, createGunzip(), limited, target, { signal })
    : pipeline(blobs.open(sha256), count, limited, target, { signal });
  feeding.catch(() => undefined);
  const seen = new Set<string>();
  let entries = 0;
  try {
    for await (const entry of tar) {
      entries += 1;
      if (entries > limits.maxEntries) throw unreadable(`it has more than ${limits.maxEntries} files and folders`);
      // Not quoted: nobody could read it.
      if (entry.header.name.length > MAX_PATH) {
        throw unreadable(`a path in it has more than ${MAX_PATH} characters: pack the folder itself (tar -C)`);
      }
      const path = entry.header.name.replace(/^(\.\/+)+/, '');
      const problem = problemWith(entry.header, path) ?? (seen.has(path) ? `${path} is in it twice` : null);
      if (problem !== null) throw unreadable(problem);
      if (entry.header.type !== 'directory') seen.add(path);
      const content = entry as AsyncIterable<Uint8Array>;
      if (isFile(entry.header)) await visit({ path, sizeBytes: entry.header.size, content });
      entry.resume();
    }
    await feeding;
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error);
  }
}

const KINDS: Readonly<Record<string, string>> = {
  symlink: 'a symbolic link: pack what it leads to (tar --dereference)',
  link: 'a hard link: pack it as a file (tar --hard-dereference)',
  'character-device': 'a device',
  'block-device': 'a device',
  fifo: 'a pipe',
};

function problemWith({ type, size }: Header, path: string): string | null {
  // tar-stream gives null for bytes that are no number, and waits for the end of such a file for ever.
  if (!Number.isSafeInteger(size)) return `${path} has a size that is no number: pack the folder again`;
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path))
    return `${path} is an absolute path: pack the folder itself (tar -C)`;
  if (path.split('/').includes('..')) return `${path} leads out of the archive`;
  if (type === 'directory' || isFile({ type }) || !isRead(path)) return null;
  return `${path} is ${KINDS[type ?? ''] ?? 'not an ordinary file'}`;
}

const isFile = ({ type }: Pick<Header, 'type'>) => type === 'file' || type === 'contiguous-file';

/** Whether a file of this name may be one of the model's. */
function isRead(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return isDocument(name) || isWeights(name) || isAccompanying(name);
}

async function* limitUnpacked(
  source: AsyncIterable<Uint8Array>,
  { limits, bytes }: Archive,
): AsyncGenerator<Uint8Array> {
  const { maxBytes, maxRatio, freeBytes } = limits;
  let unpacked = 0;
  for await (const chunk of source) {
    unpacked += chunk.length;
    if (unpacked > maxBytes) throw unreadable(`it unpacks to more: ${tooMany(maxBytes)}`);
    if (unpacked > freeBytes && unpacked > maxRatio * bytes) {
      throw unreadable(`it unpacks to more than ${maxRatio} times its size, as a decompression bomb does`);
    }
    yield chunk;
  }
}

/** In hexadecimal. */
async function firstBytes(start: Readable): Promise<string> {
  return Buffer.concat((await start.toArray()) as Buffer[]).toString('hex');
}

/** What the two libraries throw at bytes that they cannot read; errors of the system are not the archive's fault. */
function explained(error: unknown): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_')) return unreadable(`its gzip is damaged (${message})`);
  if (/tar header|Invalid header|max size/.test(message))
    return unreadable(`it is not a tar, or a damaged one (${message})`);
  if (/Unexpected end of data/.test(message)) return unreadable('it ends in the middle of a file');
  return error;
}
