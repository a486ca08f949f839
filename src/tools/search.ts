/** Searches a corpus that the user uploaded, and shows the texts as the paper's search tool does. Not a web search. */
import { CorpusSearcher } from './corpus/corpus-searcher.js';
import type { Bm25 } from './corpus/ranking.js';
import { searchDefinition, shownPages } from './search-pages.js';
import type { Tool, ToolCall, ToolOutcome } from './tool.js';

/** Documents that are ranked, by their places. */
export interface Corpus {
  /** Of its index, which stays as it is while the tool is open. */
  readonly indexPath: string;
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
    return new SearchTool(await CorpusSearcher.open(corpus.indexPath, { k1, b }), corpus, topK);
  }

  async call({ arguments: { query } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    signal.throwIfAborted();
    try {
      const numbers = await this.searcher.best(String(query), this.topK);
      const texts = numbers.length === 0 ? [] : await this.corpus.texts(numbers, signal);
      signal.throwIfAborted();
      return { kind: 'ok', text: shownPages(texts, this.topK) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'infra_error', message: `search: ${(error as Error).message}` };
    }
  }

  async close(): Promise<void> {
    await this.searcher.close();
  }
}
