/** Searches a corpus that the user uploaded, and shows the texts as the paper's search tool does. Not a web search. */
import { SearchIndex, type Bm25 } from './search-index.js';
import { searchDefinition, shownPages } from './search-pages.js';
import type { Tool, ToolCall, ToolOutcome } from './tool.js';

export interface CorpusDocument {
  readonly text: string;
}

export interface SearchToolOptions extends Bm25 {
  /** Documents shown per call. */
  readonly topK: number;
}

export class SearchTool implements Tool {
  readonly definitions = [searchDefinition('Searches a collection of documents and returns the best matches.')];

  private constructor(
    private index: SearchIndex | null,
    private documents: readonly CorpusDocument[],
    private readonly topK: number,
  ) {}

  static async over(documents: readonly CorpusDocument[], { topK, k1, b }: SearchToolOptions): Promise<SearchTool> {
    const index = await SearchIndex.of(
      documents.map(({ text }) => text),
      { k1, b },
    );
    return new SearchTool(index, documents, topK);
  }

  async call({ arguments: { query } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    signal.throwIfAborted();
    if (!this.index) return { kind: 'infra_error', message: 'The search tool was closed' };
    const texts = this.index.best(String(query), this.topK).map((number) => this.documents[number]?.text ?? '');
    return { kind: 'ok', text: shownPages(texts, this.topK) };
  }

  async close(): Promise<void> {
    this.index = null;
    this.documents = [];
  }
}
