/** An uploaded file as its readers see it: bytes, from any place of it. */
import type { ByteRange } from '../blobs/blob-store.js';

export interface SourceFile {
  readonly sizeBytes: number;
  /** All of it, or a part. */
  open(range?: ByteRange): AsyncIterable<Buffer>;
}
