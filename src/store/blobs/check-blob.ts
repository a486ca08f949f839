/** Tells bytes that the store has lost or holds only in part, before anybody takes them for the whole. Reads none of them. */
import { AppError } from '../../errors/app-error.js';
import type { BlobStore, StoredBlob } from './blob-store.js';

/** @throws {AppError} BLOB_MISSING; BLOB_DAMAGED when there are more or fewer bytes than were stored */
export async function checkBlob(blobs: Pick<BlobStore, 'size'>, { sha256, sizeBytes }: StoredBlob): Promise<void> {
  const found = await blobs.size(sha256);
  if (found === null) throw new AppError('BLOB_MISSING', { sha256 });
  if (found !== sizeBytes) throw new AppError('BLOB_DAMAGED', { sha256, sizeBytes, found });
}
