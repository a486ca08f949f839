/** Where bytes live: datasets as uploaded, files of models and checkpoints, each under its sha256. The `blobs` table says what it holds. */
import type { Readable } from 'node:stream';

export interface StoredBlob {
  /** Hex. */
  sha256: string;
  sizeBytes: number;
}

/** Both ends inclusive, as in HTTP. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface BlobStore {
  /**
   * Stores a stream or a local file, in constant memory. When it resolves the bytes survive a crash of the machine; when it rejects, or the
   * stream fails, nothing is left.
   */
  put(source: Readable | string): Promise<StoredBlob>;
  /** The bytes, or a part of them. The stream fails with ENOENT when they are missing. */
  open(sha256: string, range?: ByteRange): Readable;
  /** A local file with these bytes, for stores that have one. Nobody may write to it. */
  path?(sha256: string): string;
  has(sha256: string): Promise<boolean>;
  /** When the bytes were last put, or null when they are missing. */
  storedAt(sha256: string): Promise<Date | null>;
  delete(sha256: string): Promise<void>;
}
