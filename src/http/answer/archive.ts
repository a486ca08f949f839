/** Files of the blob store as one tar stream, in constant memory. */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import type { StoredFile } from '../../store/shapes.js';

/** The stream fails when a file cannot be read to its end. */
export function tarOf(
  blobs: BlobStore,
  files: readonly StoredFile[],
  { folder, modifiedAt }: { folder: string; modifiedAt: Date },
): Readable {
  const tar = pack();
  const fill = async (): Promise<void> => {
    for (const { name, sha256, size_bytes: size } of files) {
      await pipeline(blobs.open(sha256), tar.entry({ name: `${folder}/${name}`, size, mtime: modifiedAt }));
    }
    tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error as Error));
  // streamx's streams work as Node's where they are piped.
  return tar as unknown as Readable;
}
