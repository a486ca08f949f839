/** The blob store that the settings name. */
import type { BlobStore } from './blob-store.js';
import { DirectoryBlobStore } from './directory-blob-store.js';
import type { Bucket } from './s3-blob-store.js';

export interface BlobSettings {
  readonly blobDir: string;
  /** Takes the place of the directory. */
  readonly blobBucket: Bucket | undefined;
  readonly s3Endpoint: string | undefined;
  /** Of a bucket: files of at least so many bytes are downloaded from it; undefined: none is. */
  readonly s3RedirectBytes: number | undefined;
}

/** @throws {Error} that says why a bucket cannot be used */
export async function openBlobStore({
  blobDir,
  blobBucket,
  s3Endpoint,
  s3RedirectBytes,
}: BlobSettings): Promise<BlobStore> {
  if (!blobBucket) return new DirectoryBlobStore(blobDir);
  // The SDK takes a third of a second to load.
  const { S3BlobStore } = await import('./s3-blob-store.js');
  return S3BlobStore.open(blobBucket, s3Endpoint, { linkedBytes: s3RedirectBytes });
}
