/** Folders of files in and out of the blob store. Every file is durable before the row that names it commits. */
import { link, mkdir, readdir } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { EntityManager } from 'typeorm';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { checkBlob } from '../../store/blobs/check-blob.js';
import { recordBlob } from '../../store/blobs/record-blob.js';
import type { StoredFile } from '../../store/shapes.js';

/** Puts every file below the folder into the store, and answers their names (with slashes), hashes and sizes, by name. */
export async function putFolder(blobs: BlobStore, folder: string): Promise<StoredFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: StoredFile[] = [];
  for (const path of paths.sort()) {
    const { sha256, sizeBytes } = await blobs.put(path);
    files.push({ name: relative(folder, path).split(sep).join('/'), sha256, size_bytes: sizeBytes });
  }
  return files;
}

/**
 * Puts what was swept away since it was put again. Takes as long as its bytes do: not for a transaction.
 * @param folder where the files are
 */
export async function putMissing(blobs: BlobStore, folder: string, files: readonly StoredFile[]): Promise<void> {
  for (const { name, sha256 } of files) {
    if (!(await blobs.has(sha256))) await blobs.put(join(folder, name));
  }
}

/**
 * Records the blobs of an object's files in the transaction that writes the row which names them.
 * @throws {Error} when the bytes of one are not there
 */
export async function registerBlobs(
  manager: EntityManager,
  blobs: BlobStore,
  userId: string,
  files: readonly StoredFile[],
): Promise<void> {
  for (const { name, sha256, size_bytes } of files) {
    await recordBlob(manager, userId, { sha256, sizeBytes: size_bytes });
    if (!(await blobs.has(sha256))) throw new Error(`the bytes of ${name} were swept away before they were recorded`);
  }
}

/**
 * Lays the files out in a folder: as links where the store has local files on the same file system, else as copies. Read only.
 * @throws {AppError} BLOB_MISSING, BLOB_DAMAGED
 */
export async function materialise(
  blobs: Pick<BlobStore, 'open' | 'path' | 'size'>,
  files: readonly StoredFile[],
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, sha256, size_bytes: sizeBytes } of files) {
    const target = join(folder, name);
    if (relative(folder, target).startsWith('..')) throw new Error(`file name ${name} leaves its folder`);
    await mkdir(dirname(target), { recursive: true });
    await checkBlob(blobs, { sha256, sizeBytes });
    const local = blobs.path?.(sha256);
    const linked =
      local !== undefined &&
      (await link(local, target).then(
        () => true,
        () => false,
      ));
    if (!linked) await pipeline(blobs.open(sha256), createWriteStream(target));
  }
}
