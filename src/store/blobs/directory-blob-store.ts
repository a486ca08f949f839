/** Blobs in one directory tree, on a local disk or on a mount that all processes share. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BlobStore, ByteRange, StoredBlob } from './blob-store.js';

export class DirectoryBlobStore implements BlobStore {
  constructor(private readonly root: string) {}

  async put(source: Readable | string): Promise<StoredBlob> {
    const staging = join(this.root, 'staging');
    await mkdir(staging, { recursive: true });
    const staged = join(staging, randomUUID());
    try {
      const blob = await this.write(staged, typeof source === 'string' ? createReadStream(source) : source);
      const final = this.path(blob.sha256);
      await mkdir(dirname(final), { recursive: true });
      await rename(staged, final);
      await syncDirectory(dirname(final));
      return blob;
    } catch (error) {
      await rm(staged, { force: true });
      throw error;
    }
  }

  open(sha256: string, range?: ByteRange): Readable {
    return createReadStream(this.path(sha256), range);
  }

  path(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not a sha256: ${sha256}`);
    return join(this.root, sha256.slice(0, 2), sha256);
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.storedAt(sha256)) !== null;
  }

  async storedAt(sha256: string): Promise<Date | null> {
    try {
      return (await stat(this.path(sha256))).mtime;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  async delete(sha256: string): Promise<void> {
    await rm(this.path(sha256), { force: true });
  }

  private async write(file: string, source: Readable): Promise<StoredBlob> {
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
