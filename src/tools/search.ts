/** Searches a corpus that the user uploaded, and shows the texts as the paper's search tool does. Not a web search. */
import { CorpusSearcher } from './corpus/corpus-searcher.js';
import type { Vectors } from './corpus/dense-ranking.js';
import type { Embedder } from './corpus/embedder.js';
import type { Bm25 } from './corpus/ranking.js';
import { searchDefinition, shownPages } from './search-pages.js';
import type { Tool, ToolCall, ToolOutcome } from './tool.js';

export interface Embeddings {
  readonly vectors: Vectors;
  /** What made them, and makes those of queries. */
  readonly embedder: Embedder;
}

/** Documents that are ranked, by their places. What is named here stays as it is while the tool is open. */
export interface Corpus {
  /** Of the index of its words; null: it is not ranked by them. */
  readonly indexPath: string | null;
  /** Null: it is not ranked by them. */
  readonly embeddings: Embeddings | null;
  /** The texts of documents, in the order asked for. */
  readonly texts: (numbers: readonly number[], signal: AbortSignal) => Promise<readonly string[]>;
}

export interface SearchToolOptions extends Bm25 {
  /** Documents shown per call. */
  readonly topK: number;
}

export class SearchTool implements Tool {
  readonly definitions = [searchDefinition('Searches a collection of documents and returns the best matches.')];

  private constructor(
    private readonly searcher: CorpusSearcher,
    private readonly corpus: Corpus,
    private readonly topK: number,
  ) {}

  static async over(corpus: Corpus, { topK, k1, b }: SearchToolOptions): Promise<SearchTool> {
    const { indexPath, embeddings } = corpus;
    const words = indexPath === null ? null : { path: indexPath, bm25: { k1, b } };
    const searcher = await CorpusSearcher.open({ words, vectors: embeddings?.vectors ?? null });
    return new SearchTool(searcher, corpus, topK);
  }

  async call({ arguments: { query } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    signal.throwIfAborted();
    const { topK } = this;
    try {
      const text = String(query);
      const numbers = await this.searcher.best({ text, vector: await this.vectorOf(text, signal) }, topK);
      const texts = numbers.length === 0 ? [] : await this.corpus.texts(numbers, signal);
      signal.throwIfAborted();
      return { kind: 'ok', text: shownPages(texts, topK) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'infra_error', message: `search: ${(error as Error).message}` };
    }
  }

  async close(): Promise<void> {
    await this.searcher.close();
  }

  /** @throws {Error} for one that is not as those of the corpus */
  private async vectorOf(query: string, signal: AbortSignal): Promise<Float32Array | null> {
    const { embeddings } = this.corpus;
    if (!embeddings || embeddings.vectors.paths.length === 0 || query.trim() === '') return null;
    const { vectors, embedder } = embeddings;
    const vector = await embedder.query(query, signal);
    if (vector.length !== vectors.dimensions)
      throw new Error(changedDimensions(embedder, vectors.dimensions, vector.length));
    return vector;
  }
}

export const changedDimensions = ({ url }: Embedder, before: number, now: number): string =>
  `${url.host} embeds in ${now} dimensions, and has embedded the corpus in ${before}: have it serve the model that it served then, or upload the corpus again`;
