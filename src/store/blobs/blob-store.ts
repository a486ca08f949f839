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

/** Bytes that are durable but not yet in the store: whoever staged them must keep or discard them. */
export interface StagedBlob extends StoredBlob {
  readonly keep: () => Promise<void>;
  readonly discard: () => Promise<void>;
}

/** What `put` is in a store that stages. */
export async function stageAndKeep(store: Pick<BlobStore, 'stage'>, source: Readable | string): Promise<StoredBlob> {
  const { sha256, sizeBytes, keep, discard } = await store.stage(source);
  try {
    await keep();
  } catch (error) {
    await discard();
    throw error;
  }
  return { sha256, sizeBytes };
}

export interface BlobStore {
  /**
   * Stores a stream or a local file, in constant memory. When it resolves the bytes survive a crash of the machine; when it rejects, or the
   * stream fails, nothing is left.
   */
  put(source: Readable | string): Promise<StoredBlob>;
  /** As `put`, where it is decided later whether the bytes are wanted. */
  stage(source: Readable | string): Promise<StagedBlob>;
  /** The bytes, or a part of them. The stream fails with BLOB_MISSING, before its first byte, when they are not there. */
  open(sha256: string, range?: ByteRange): Readable;
  /** A local file with these bytes, for stores that have one. Nobody may write to it. */
  path?(sha256: string): string;
  /** An address at which these bytes can be had for a short time, with Range; null where they are too few for that. For stores that give any. */
  link?(blob: StoredBlob, contentDisposition: string): Promise<string | null>;
  /** Rejects, saying why, while nothing can be stored or read. For stores that can be out of reach. */
  reach?(signal: AbortSignal): Promise<void>;
  has(sha256: string): Promise<boolean>;
  /** In bytes; null when it is not there. */
  size(sha256: string): Promise<number | null>;
  delete(sha256: string): Promise<void>;
  /** Every blob that was last put before that time. */
  list(before: Date): AsyncIterable<string>;
  /** Removes what was staged before that time and never kept: its process has died. */
  discardAbandoned(before: Date): Promise<void>;
}
