/** Uploads a model without holding it in memory: an archive as it is, or a Hugging Face directory, which is packed on its way. */
import type { components } from '../types.js';
import { upload, type UploadFile, type UploadOptions, type UploadTarget } from './upload.js';

type Model = components['schemas']['Model'];

/** A path of a directory or an archive (in Node), an archive as a Blob or File, or its bytes as they come. */
export type ModelFile = UploadFile;

export interface ModelOptions extends UploadOptions {
  /** Default: the name of the file or the directory. */
  name?: string;
  metadata?: Record<string, string>;
}

/** What a model is made of; whatever else lies beside it stays where it is. */
const PACKED = /\.(json|txt|jinja|safetensors)$|^(README|LICEN[CS]E|NOTICE)(\.\w+)?$/i;

/** @throws {BoughError} */
export async function uploadModel(
  target: UploadTarget,
  file: ModelFile,
  { idempotencyKey, signal, onProgress, ...fields }: ModelOptions = {},
): Promise<Model> {
  const options = { idempotencyKey, signal, onProgress };
  const packed = typeof file === 'string' ? await packedDirectory(file) : null;
  if (!packed) return upload(target, '/v1/models', { file, name: 'model.tar', fields }, options);
  const named = { name: packed.name, ...fields };
  return upload(target, '/v1/models', { file: packed.bytes, name: `${packed.name}.tar`, fields: named }, options);
}

/** Null when the path is not of a directory. */
async function packedDirectory(path: string): Promise<{ name: string; bytes: AsyncIterable<Uint8Array> } | null> {
  const { stat } = await import('node:fs/promises');
  const paths = await import('node:path');
  if (!(await stat(path)).isDirectory()) return null;
  return { name: paths.basename(paths.resolve(path)), bytes: tarOf(path) };
}

/** Follows symbolic links: in the cache of the Hugging Face Hub all files are such. */
async function* tarOf(directory: string): AsyncGenerator<Uint8Array> {
  const { createReadStream } = await import('node:fs');
  const { readdir, stat } = await import('node:fs/promises');
  const paths = await import('node:path');
  const { pipeline } = await import('node:stream/promises');
  const { pack } = await import('tar-stream');
  const tar = pack();
  const fill = async () => {
    for (const name of (await readdir(directory)).filter((one) => PACKED.test(one)).sort()) {
      const path = paths.join(directory, name);
      const file = await stat(path);
      if (!file.isFile()) continue;
      await pipeline(createReadStream(path), tar.entry({ name, size: file.size, mtime: file.mtime }));
    }
    tar.finalize();
  };
  fill().catch((error: unknown) => tar.destroy(error as Error));
  yield* tar as AsyncIterable<Uint8Array>;
}
