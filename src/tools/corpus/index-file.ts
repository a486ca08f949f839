/** Reads an index that `IndexWriter` has written, a little at a time. Ranks nothing, and trusts the bytes: whoever opens it has compared their hash. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { INDEX_FORMAT, type Entry, type Outline } from './index-writer.js';

export class IndexFile {
  private constructor(
    private readonly file: number,
    private readonly outline: Outline,
  ) {}

  /** @throws {Error} for another format */
  static open(path: string): IndexFile {
    const file = openSync(path, 'r');
    try {
      const { size } = fstatSync(file);
      const length = read(file, size - 4, 4).readUInt32LE();
      const outline = JSON.parse(read(file, size - 4 - length, length).toString('utf8')) as Outline;
      if (outline.format !== INDEX_FORMAT)
        throw new Error(`the index has format ${outline.format}, not ${INDEX_FORMAT}`);
      return new IndexFile(file, outline);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  get documents(): number {
    return this.outline.documents;
  }

  /** Of all documents. */
  get words(): number {
    return this.outline.words;
  }

  /** Of each document, in words. */
  lengths(): Uint32Array {
    const { lengths, documents } = this.outline;
    return uint32(read(this.file, lengths, 4 * documents));
  }

  /** null: no document has the word. */
  find(word: string): Entry | null {
    const { groups } = this.outline;
    let [low, high] = [0, groups.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (groups[middle]![0] <= word) low = middle + 1;
      else high = middle;
    }
    const group = groups[low - 1];
    if (!group) return null;
    const [, start, postings] = group;
    let at = start;
    for (const [one, documents, width] of this.wordsOf(group)) {
      const bytes = documents * (4 + width);
      if (one === word) return entry(word, read(this.file, at, bytes), documents, width);
      at += bytes;
      if (at > start + postings) break;
    }
    return null;
  }

  /** All words in order, a group in memory at a time. */
  *entries(): Generator<Entry> {
    for (const group of this.outline.groups) {
      const [, start, length] = group;
      const postings = read(this.file, start, length);
      let at = 0;
      for (const [word, documents, width] of this.wordsOf(group)) {
        const end = at + documents * (4 + width);
        yield entry(word, postings.subarray(at, end), documents, width);
        at = end;
      }
    }
  }

  close(): void {
    closeSync(this.file);
  }

  private wordsOf([, start, postings, array]: Outline['groups'][number]): [string, number, number][] {
    return JSON.parse(read(this.file, start + postings, array).toString('utf8')) as [string, number, number][];
  }
}

function entry(word: string, bytes: Buffer, documents: number, width: number): Entry {
  const counts = bytes.subarray(4 * documents);
  return {
    word,
    documents: uint32(bytes.subarray(0, 4 * documents)),
    frequencies: width === 4 ? uint32(counts) : new Uint8Array(counts.buffer, counts.byteOffset, counts.length),
  };
}

/** A view of the bytes where they lie on a multiple of four, else of a copy. */
function uint32(bytes: Buffer): Uint32Array {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}

function read(file: number, position: number, length: number): Buffer {
  // Not of Node's shared pool, which a small view would keep alive.
  const bytes = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length;) {
    const count = readSync(file, bytes, done, length - done, position + done);
    if (count === 0) throw new Error('the index is cut short');
    done += count;
  }
  return bytes;
}
