/** Searches a corpus that the user uploaded, and shows the texts as the paper's search tool does. Not a web search. */
import { SearchIndex, type Bm25 } from './search-index.js';
import { textTool, type Tool, type ToolCall, type ToolOutcome } from './tool.js';

export interface CorpusDocument {
  readonly text: string;
}

export interface SearchToolOptions extends Bm25 {
  /** Documents shown per call. */
  readonly topK: number;
}

/** Characters (code points) of a document that are shown, as in the released code. */
export const SHOWN_CHARACTERS = 1000;
const NOTHING_FOUND = 'No search results found.';

export class SearchTool implements Tool {
  readonly definitions = [
    textTool(
      'search',
      'Searches a collection of documents and returns the best matches.',
      'query',
      'What to look for.',
    ),
  ];

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

  /** With a top_k of 1 the text alone, otherwise a line `Page i: …` for each document. */
  async call({ arguments: { query } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    signal.throwIfAborted();
    if (!this.index) return { kind: 'infra_error', message: 'The search tool was closed' };
    const texts = this.index.best(String(query), this.topK).map((number) => shown(this.documents[number]?.text ?? ''));
    if (texts.length === 0) return { kind: 'ok', text: NOTHING_FOUND };
    const lines = this.topK === 1 ? texts : texts.map((text, i) => `Page ${i + 1}: ${text}`);
    return { kind: 'ok', text: lines.join('\n') };
  }

  async close(): Promise<void> {
    this.index = null;
    this.documents = [];
  }
}

const shown = (text: string): string =>
  text.length <= SHOWN_CHARACTERS ? text : Array.from(text).slice(0, SHOWN_CHARACTERS).join('');
