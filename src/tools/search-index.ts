/** Ranks the documents of a corpus by BM25 over lower-cased words. Keeps no texts and knows nothing of models. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import createEngine from 'wink-bm25-text-search';
import { documentWords, queryWords } from './words.js';

export interface Bm25 {
  /** How soon repeating a word stops counting. */
  readonly k1: number;
  /** How much long documents are held back, 0 to 1. */
  readonly b: number;
}

/** Documents indexed before others get their turn. */
const BATCH = 500;
/** The engine refuses smaller corpora: they are filled up with documents that have no words. */
const MIN_DOCUMENTS = 3;
const SCORE_DECIMALS = 9;

export class SearchIndex {
  private constructor(private readonly engine: ReturnType<typeof createEngine>) {}

  /**
   * Indexes texts in their order, without holding up the process for long.
   * idf = ln(1 + (N - n + 0.5) / (n + 0.5)), so that no word counts against a document.
   */
  static async of(texts: readonly string[], { k1, b }: Bm25): Promise<SearchIndex> {
    const engine = createEngine();
    engine.defineConfig({ fldWeights: { text: 1 }, bm25Params: { k1, b, k: 1 } });
    engine.definePrepTasks([documentWords], 'text');
    engine.definePrepTasks([queryWords]);
    for (const [number, text] of texts.entries()) {
      engine.addDoc({ text }, number);
      if (number % BATCH === BATCH - 1) await nextTurn();
    }
    for (let number = texts.length; number < MIN_DOCUMENTS; number += 1) engine.addDoc({ text: '' }, number);
    engine.consolidate(SCORE_DECIMALS);
    return new SearchIndex(engine);
  }

  /** The numbers of the best documents, at most `limit`, equally good ones by number; only those that have a word of the query. */
  best(query: string, limit: number): number[] {
    return this.engine.search(query, limit).map(([number]) => Number(number));
  }
}
