/** Blobs in one directory tree, on a local disk or on a mount that all processes share. */
import { createHash, randomUUID } from 'node:crypto';
import fs, { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../../errors/app-error.js';
import { stageAndKeep, type BlobStore, type ByteRange, type StagedBlob, type StoredBlob } from './blob-store.js';

export class DirectoryBlobStore implements BlobStore {
  constructor(private readonly root: string) {}

  put(source: Readable | string): Promise<StoredBlob> {
    return stageAndKeep(this, source);
  }

  async stage(source: Readable | string): Promise<StagedBlob> {
    await mkdir(this.staging, { recursive: true });
    const file = join(this.staging, randomUUID());
    const discard = () => rm(file, { force: true });
    try {
      const blob = await write(file, typeof source === 'string' ? createReadStream(source) : source);
      return { ...blob, discard, keep: () => this.keep(file, this.path(blob.sha256)) };
    } catch (error) {
      await discard();
      throw error;
    }
  }

  open(sha256: string, range?: ByteRange): Readable {
    return createReadStream(this.path(sha256), { ...range, fs: naming(sha256) });
  }

  path(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not a sha256: ${sha256}`);
    return join(this.root, sha256.slice(0, 2), sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.size(sha256)) !== null;
  }

  async size(sha256: string): Promise<number | null> {
    return stat(this.path(sha256)).then(({ size }) => size, absent(null));
  }

  async delete(sha256: string): Promise<void> {
    await rm(this.path(sha256), { force: true });
  }

  async *list(before: Date): AsyncIterable<string> {
    for (const folder of await names(this.root)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await names(join(this.root, folder))) {
        const time = await modified(join(this.root, folder, name));
        if (time !== null && time < before) yield name;
      }
    }
  }

  async discardAbandoned(before: Date): Promise<void> {
    for (const name of await names(this.staging)) {
      const file = join(this.staging, name);
      const time = await modified(file);
      if (time !== null && time < before) await rm(file, { force: true });
    }
  }

  private get staging(): string {
    return join(this.root, 'staging');
  }

  /** Renaming over an equal file renews its time, so that a blob that is put again is not taken for old. */
  private async keep(staged: string, final: string): Promise<void> {
    await mkdir(dirname(final), { recursive: true });
    await rename(staged, final);
    await syncDirectory(dirname(final));
  }
}

/** Says of a blob that is not there which one it is, and not where it should be. */
function naming(sha256: string) {
  return {
    read: fs.read,
    close: fs.close,
    open: (path: string, flags: string, mode: number, done: (error: Error | null, fd?: number) => void): void =>
      fs.open(path, flags, mode, (error, fd) =>
        done(error?.code === 'ENOENT' ? new AppError('BLOB_MISSING', { sha256 }) : error, fd),
      ),
  };
}

async function write(file: string, source: Readable): Promise<StoredBlob> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const handle = await open(file, 'wx');
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await writeAll(handle, chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { sha256: hash.digest('hex'), sizeBytes };
}

/** The entries of a folder; none when it does not exist. */
async function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(absent([]));
}

async function modified(file: string): Promise<Date | null> {
  return stat(file).then(({ mtime }) => mtime, absent(null));
}

/** Answers `value` for what does not exist. */
function absent<T>(value: T): (error: unknown) => T {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let offset = 0; offset < chunk.length;) {
    offset += (await handle.write(chunk, offset)).bytesWritten;
  }
}

/** Makes the rename durable. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
