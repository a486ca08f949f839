/** A model on its way in: each file goes into the blob store, and lies in a folder for the trainer to look at. Counts bytes and has a limit for them. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import type { StoredFile } from '../../store/shapes.js';
import { materialise } from '../files/stored-files.js';
import { isTooLarge, tooLarge, unreadable } from './model-files.js';

export interface FolderOptions {
  readonly blobs: BlobStore;
  readonly path: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

export class ModelFolder {
  private readonly stored = new Map<string, StoredFile>();
  private bytes = 0;

  constructor(private readonly options: FolderOptions) {}

  get path(): string {
    return this.options.path;
  }

  /** By name. */
  get files(): StoredFile[] {
    return [...this.stored.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Of the files together. */
  get sizeBytes(): number {
    return this.files.reduce((sum, { size_bytes }) => sum + size_bytes, 0);
  }

  /**
   * Stores a file in constant memory.
   * @throws {AppError} MODEL_UNREADABLE when it is too large, alone or together with the others
   */
  async add(name: string, source: AsyncIterable<Uint8Array>): Promise<StoredFile> {
    const { blobs, path } = this.options;
    const { sha256, sizeBytes } = await blobs.put(Readable.from(this.limited(name, source)));
    const file = { name, sha256, size_bytes: sizeBytes };
    // At once: what lies in the folder outlives a sweep of blobs that no row refers to yet.
    await materialise(blobs, [file], path);
    this.stored.set(name, file);
    return file;
  }

  /** Stores a file as it is in the folder now. */
  async restore(name: string): Promise<void> {
    const { sha256, sizeBytes } = await this.options.blobs.put(join(this.path, name));
    this.stored.set(name, { name, sha256, size_bytes: sizeBytes });
  }

  /** Leaves a file out again. */
  async drop(name: string): Promise<void> {
    this.stored.delete(name);
    await rm(join(this.path, name));
  }

  /** @throws {AppError} MODEL_UNREADABLE when so many bytes are too many */
  checkSize(bytes: number): void {
    const { maxBytes } = this.options;
    if (bytes > maxBytes) throw unreadable(`it has ${bytes} bytes, and ${tooMany(maxBytes)}`);
  }

  /** The text of a file that was added; none when there is no such file. */
  async text(name: string): Promise<string> {
    return this.stored.has(name) ? readFile(join(this.path, name), 'utf8') : '';
  }

  private async *limited(name: string, source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const { signal, maxBytes } = this.options;
    let size = 0;
    for await (const chunk of source) {
      signal.throwIfAborted();
      size += chunk.length;
      this.bytes += chunk.length;
      if (isTooLarge(name, size)) throw tooLarge(name);
      if (this.bytes > maxBytes) throw unreadable(tooMany(maxBytes));
      yield chunk;
    }
  }
}

export function tooMany(maxBytes: number): string {
  return `a model may have ${maxBytes} bytes: bring a smaller one, or have MAX_MODEL_BYTES raised`;
}
