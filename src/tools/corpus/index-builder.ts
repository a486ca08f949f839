/**
 * Makes an index of documents that come one after the other, in memory that does not grow with them: what is full is sorted and written as an index of
 * its own, and these are merged in the end (single-pass in-memory indexing, Heinz and Zobel 2003).
 */
import { rmSync } from 'node:fs';
import { documentWords } from '../words.js';
import { IndexFile } from './index-file.js';
import { IndexWriter, type Entry } from './index-writer.js';

/** Pairs of a word and a document, and distinct words, that are held before they are written. */
export interface BuilderLimits {
  readonly postings: number;
  readonly words: number;
}

const LIMITS: BuilderLimits = { postings: 4_000_000, words: 500_000 };

export class IndexBuilder {
  private lengths = new Uint32Array(1024);
  private documents = 0;
  private readonly parts: string[] = [];

  private readonly numbers = new Map<string, number>();
  /** By the number of a word: in how many documents it is, and where its last posting lies. */
  private counts: Uint32Array;
  private last: Uint32Array;
  private postings = 0;
  private wordOf: Uint32Array;
  private documentOf: Uint32Array;
  private frequencyOf: Uint32Array;

  /** @param path of the index; its parts lie beside it until it is finished */
  constructor(
    private readonly path: string,
    private readonly limits = LIMITS,
  ) {
    this.counts = new Uint32Array(limits.words);
    this.last = new Uint32Array(limits.words);
    this.wordOf = new Uint32Array(limits.postings);
    this.documentOf = new Uint32Array(limits.postings);
    this.frequencyOf = new Uint32Array(limits.postings);
  }

  /** The next document. */
  add(text: string): void {
    const words = documentWords(text);
    if (this.postings + words.length > this.wordOf.length || this.numbers.size + words.length > this.counts.length) {
      this.writePart();
      this.makeRoom(words.length);
    }
    const document = this.documents++;
    this.lengths = atLeast(this.lengths, this.documents);
    this.lengths[document] = words.length;
    for (const word of words) this.count(word, document);
  }

  /** Writes the index. */
  finish(): void {
    this.writePart();
    const files = this.parts.map((part) => IndexFile.open(part));
    const writer = new IndexWriter(this.path);
    for (const entry of merged(files.map((file) => file.entries()))) writer.add(entry);
    writer.finish(this.lengths.subarray(0, this.documents));
    for (const file of files) file.close();
    for (const part of this.parts) rmSync(part);
  }

  private count(word: string, document: number): void {
    let number = this.numbers.get(word);
    if (number === undefined) {
      number = this.numbers.size;
      this.numbers.set(word, number);
    }
    const last = this.last[number]!;
    if (this.counts[number]! > 0 && this.documentOf[last] === document) {
      this.frequencyOf[last]! += 1;
      return;
    }
    this.counts[number]! += 1;
    this.last[number] = this.postings;
    this.wordOf[this.postings] = number;
    this.documentOf[this.postings] = document;
    this.frequencyOf[this.postings] = 1;
    this.postings += 1;
  }

  private writePart(): void {
    const { counts, postings, wordOf, documentOf, frequencyOf } = this;
    const part = `${this.path}.part${this.parts.length}`;
    this.parts.push(part);
    const sorted = [...this.numbers].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const next = new Uint32Array(sorted.length);
    let start = 0;
    for (const [, number] of sorted) {
      next[number] = start;
      start += counts[number]!;
    }
    const documents = new Uint32Array(postings);
    const frequencies = new Uint32Array(postings);
    for (let i = 0; i < postings; i += 1) {
      const at = next[wordOf[i]!]!++;
      documents[at] = documentOf[i]!;
      frequencies[at] = frequencyOf[i]!;
    }
    const writer = new IndexWriter(part);
    for (const [word, number] of sorted) {
      const end = next[number]!;
      const from = end - counts[number]!;
      writer.add({ word, documents: documents.subarray(from, end), frequencies: frequencies.subarray(from, end) });
    }
    writer.finish(new Uint32Array(0));
    this.numbers.clear();
    this.counts.fill(0);
    this.postings = 0;
  }

  /** For a document that is larger than what is usually held. */
  private makeRoom(words: number): void {
    if (words > this.counts.length) {
      this.counts = new Uint32Array(words);
      this.last = new Uint32Array(words);
    }
    if (words > this.wordOf.length) {
      this.wordOf = new Uint32Array(words);
      this.documentOf = new Uint32Array(words);
      this.frequencyOf = new Uint32Array(words);
    }
  }
}

/** The words of all parts in order, with their documents in the order of the parts. */
function* merged(parts: readonly Generator<Entry>[]): Generator<Entry> {
  const heads = parts.map((part) => part.next().value as Entry | undefined);
  for (;;) {
    let word: string | null = null;
    for (const head of heads) if (head && (word === null || head.word < word)) word = head.word;
    if (word === null) return;
    const same: Entry[] = [];
    for (const [i, head] of heads.entries()) {
      if (head?.word !== word) continue;
      same.push(head);
      heads[i] = parts[i]!.next().value as Entry | undefined;
    }
    yield {
      word,
      documents: joined(same.map(({ documents }) => documents)),
      frequencies: joined(same.map(({ frequencies }) => frequencies)),
    };
  }
}

function joined(arrays: readonly (Uint8Array | Uint32Array)[]): Uint32Array {
  const whole = new Uint32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

function atLeast(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const larger = new Uint32Array(2 * array.length);
  larger.set(array);
  return larger;
}
