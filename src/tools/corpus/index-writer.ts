/**
 * Writes an index of a corpus: for each word, in the order of its UTF-16 code units, the documents that have it and how often. Holds no scores, which
 * depend on what a run asks for. The same documents make the same bytes.
 *
 *     group:   for each of its words, documents (uint32 each, ascending) and frequencies (uint8 each, or uint32 where one exceeds 255);
 *              then a JSON array of [word, documents, bytes of a frequency]
 *     lengths: of each document, in words (uint32)
 *     outline: JSON, see `Outline`
 *     end:     bytes of the outline (uint32)
 *
 * All numbers are little-endian, as they are in the memory of the processors that Node runs on.
 */
import { closeSync, openSync, writeSync } from 'node:fs';

/** Raised when what is written, or how texts are cut into words, changes: older indexes are then made anew. */
export const INDEX_FORMAT = 1;

export interface Outline {
  readonly format: number;
  readonly documents: number;
  /** Words of all documents. */
  readonly words: number;
  /** Where the lengths begin. */
  readonly lengths: number;
  /** First word of each group, where it begins, bytes of its documents and frequencies, and of its array. */
  readonly groups: readonly (readonly [word: string, at: number, postings: number, array: number])[];
}

export interface Entry {
  readonly word: string;
  readonly documents: Uint32Array;
  readonly frequencies: Uint8Array | Uint32Array;
}

/** Words of a group, and bytes from which it is full: what is read at once to find a word. */
const GROUP_WORDS = 64;
const GROUP_BYTES = 2 ** 20;
const BUFFER_BYTES = 2 ** 20;

export class IndexWriter {
  private readonly file: number;
  private readonly buffer = Buffer.alloc(BUFFER_BYTES);
  private buffered = 0;
  private written = 0;
  private readonly groups: Outline['groups'][number][] = [];
  private group: [word: string, documents: number, width: number][] = [];
  private groupStart = 0;

  /** @param path of a file that does not exist yet */
  constructor(path: string) {
    this.file = openSync(path, 'wx');
  }

  /** Words come in order, each once. */
  add({ word, documents, frequencies }: Entry): void {
    const counts = narrow(frequencies);
    this.write(bytesOf(documents));
    this.write(bytesOf(counts));
    this.group.push([word, documents.length, counts.BYTES_PER_ELEMENT]);
    if (this.group.length === GROUP_WORDS || this.written - this.groupStart >= GROUP_BYTES) this.endGroup();
  }

  /** Nothing can be added afterwards. */
  finish(lengthsOfDocuments: Uint32Array): void {
    this.endGroup();
    const outline: Outline = {
      format: INDEX_FORMAT,
      documents: lengthsOfDocuments.length,
      words: lengthsOfDocuments.reduce((sum, length) => sum + length, 0),
      lengths: this.written,
      groups: this.groups,
    };
    this.write(bytesOf(lengthsOfDocuments));
    const text = Buffer.from(JSON.stringify(outline));
    this.write(text);
    this.write(bytesOf(Uint32Array.of(text.length)));
    this.flush();
    closeSync(this.file);
  }

  private endGroup(): void {
    const [first] = this.group;
    if (!first) return;
    const postings = this.written - this.groupStart;
    const array = Buffer.from(JSON.stringify(this.group));
    this.write(array);
    this.groups.push([first[0], this.groupStart, postings, array.length]);
    this.group = [];
    this.groupStart = this.written;
  }

  private write(bytes: Uint8Array): void {
    this.written += bytes.length;
    if (this.buffered + bytes.length > BUFFER_BYTES) this.flush();
    if (bytes.length > BUFFER_BYTES) return writeAll(this.file, bytes);
    this.buffer.set(bytes, this.buffered);
    this.buffered += bytes.length;
  }

  private flush(): void {
    writeAll(this.file, this.buffer.subarray(0, this.buffered));
    this.buffered = 0;
  }
}

function narrow(frequencies: Entry['frequencies']): Entry['frequencies'] {
  return frequencies.every((count) => count <= 255) ? Uint8Array.from(frequencies) : frequencies;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint8Array | Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
}
