/**
 * Ranks the documents of an index by BM25, with idf = ln(1 + (N - n + 0.5) / (n + 0.5)), so that no word counts against a document. What a word adds to
 * a document's score is rounded to nine decimals, and these are added in the order of the query's words: scores, and so ties, are the same everywhere.
 */
import { queryWords } from '../words.js';
import { Best } from './best.js';
import type { IndexFile } from './index-file.js';
import type { Entry } from './index-writer.js';

export interface Bm25 {
  /** How soon repeating a word stops counting. */
  readonly k1: number;
  /** How much long documents are held back, 0 to 1. */
  readonly b: number;
}

/** A word's documents and what it adds to the score of each; the windows of documents that have it, where each begins, and the most that it adds there. */
interface Postings {
  readonly documents: Uint32Array;
  readonly weights: Float64Array;
  readonly windows: Uint32Array;
  readonly starts: Uint32Array;
  readonly most: Float64Array;
}

/** A corpus counts as at least so many documents. */
const MIN_DOCUMENTS = 3;
/** Bytes of postings that are kept after they were read. */
const KEPT_BYTES = 512 * 2 ** 20;
/** Documents of a window, a power of two: those whose numbers have the same bits above. */
const WINDOW_BITS = 7;
const WINDOW = 2 ** WINDOW_BITS;
/** Windows that are scored first, so that most others need not be. */
const FIRST = 16;
/** How far two sums of the same numbers in different orders are apart at most, and more. */
const SLACK = 1e-6;

export class Ranking {
  private readonly documents: number;
  /** k1 times how long each document is beside the average. */
  private readonly saturation: Float64Array;
  private readonly kept = new Map<string, Postings | null>();
  private keptBytes = 0;
  /** Of each window, no less than the best score in it. */
  private readonly bounds: Float64Array;
  private readonly scores = new Float64Array(WINDOW);

  constructor(
    private readonly index: IndexFile,
    private readonly bm25: Bm25,
    private readonly limitBytes = KEPT_BYTES,
  ) {
    const { k1, b } = bm25;
    this.documents = Math.max(MIN_DOCUMENTS, index.documents);
    const average = index.words / this.documents;
    this.saturation = Float64Array.from(index.lengths(), (length) => k1 * (1 - b + b * (length / average)));
    this.bounds = new Float64Array(Math.ceil(this.documents / WINDOW));
  }

  /**
   * The numbers of the best documents, at most `limit`, equally good ones by number; only those that have a word of the query. Scores the windows that can
   * have one of them (after block-max indexes, Ding and Suel 2011).
   */
  best(query: string, limit: number): number[] {
    const words = queryWords(query)
      .map((word) => this.postings(word))
      .filter((one) => one !== null);
    const { bounds } = this;
    bounds.fill(0);
    for (const { windows, most } of words) {
      for (let i = 0; i < windows.length; i += 1) bounds[windows[i]!]! += most[i]!;
    }
    const best = new Best(limit);
    for (const window of largest(bounds, FIRST)) {
      this.score(window, words, best);
      bounds[window] = 0;
    }
    for (let window = 0; window < bounds.length; window += 1) {
      const bound = bounds[window]!;
      if (bound > 0 && bound + SLACK >= best.threshold) this.score(window, words, best);
    }
    return best.numbers;
  }

  private score(window: number, words: readonly Postings[], best: Best): void {
    const { scores } = this;
    const first = window * WINDOW;
    scores.fill(-1);
    for (const one of words) {
      // A frequent word is in every window.
      const place = one.windows[window] === window ? window : firstFrom(one.windows, window);
      if (one.windows[place] !== window) continue;
      const { documents, weights } = one;
      const end = one.starts[place + 1]!;
      for (let at = one.starts[place]!; at < end; at += 1) {
        const i = documents[at]! - first;
        const before = scores[i]!;
        scores[i] = before < 0 ? weights[at]! : before + weights[at]!;
      }
    }
    for (let i = 0; i < WINDOW; i += 1) {
      const score = scores[i]!;
      if (score >= 0 && score >= best.threshold) best.offer(first + i, score);
    }
  }

  private postings(word: string): Postings | null {
    const kept = this.kept.get(word);
    if (kept !== undefined) {
      // The words asked for last are the last in the map.
      this.kept.delete(word);
      this.kept.set(word, kept);
      return kept;
    }
    const entry = this.index.find(word);
    const postings = entry && this.weighed(entry);
    this.kept.set(word, postings);
    this.keptBytes += bytesOf(word, postings);
    for (const [oldest, forgotten] of this.kept) {
      if (this.keptBytes <= this.limitBytes || oldest === word) break;
      this.kept.delete(oldest);
      this.keptBytes -= bytesOf(oldest, forgotten);
    }
    return postings;
  }

  private weighed(entry: Entry): Postings {
    const { documents, frequencies } = entry;
    const { saturation } = this;
    const { k1 } = this.bm25;
    const idf = Math.log((this.documents - documents.length + 0.5) / (documents.length + 0.5) + 1);
    const windows = new Uint32Array(Math.min(documents.length, this.bounds.length));
    const starts = new Uint32Array(windows.length + 1);
    const most = new Float64Array(windows.length);
    const weights = new Float64Array(documents.length);
    let count = 0;
    for (let at = 0; at < documents.length; at += 1) {
      const window = documents[at]! >>> WINDOW_BITS;
      if (count === 0 || windows[count - 1] !== window) {
        windows[count] = window;
        starts[count] = at;
        count += 1;
      }
      const frequency = frequencies[at]!;
      const weight = rounded(((frequency * (k1 + 1)) / (saturation[documents[at]!]! + frequency)) * idf);
      weights[at] = weight;
      if (weight > most[count - 1]!) most[count - 1] = weight;
    }
    starts[count] = documents.length;
    return {
      documents,
      weights,
      windows: windows.slice(0, count),
      starts: starts.slice(0, count + 1),
      most: most.slice(0, count),
    };
  }
}

/** The places of the largest values above 0. */
function largest(values: Float64Array, count: number): number[] {
  const places: number[] = [];
  let least = 0;
  for (let place = 0; place < values.length; place += 1) {
    const value = values[place]!;
    if (value <= least) continue;
    let at = places.length;
    while (at > 0 && values[places[at - 1]!]! < value) at -= 1;
    places.splice(at, 0, place);
    if (places.length > count) places.pop();
    if (places.length === count) least = values[places.at(-1)!]!;
  }
  return places;
}

/** The first place whose number is not below `number`. */
function firstFrom(numbers: Uint32Array, number: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As `Number(value.toFixed(9))`, which is slow. */
function rounded(value: number): number {
  const scaled = value * 1e9;
  const whole = Math.round(scaled);
  // Where the product's own rounding could have decided.
  if (Math.abs(Math.abs(scaled - whole) - 0.5) < 1e-3) return Number(value.toFixed(9));
  return whole / 1e9;
}

function bytesOf(word: string, postings: Postings | null): number {
  const held = postings ? 12 * postings.documents.length + 16 * postings.windows.length : 0;
  return 200 + 2 * word.length + held;
}
