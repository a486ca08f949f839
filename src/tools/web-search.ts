/**
 * Searches the web through a provider, and shows what its results say of their pages as the paper's search tool does, or as its browser does the passages of
 * the pages that say so. How a page is read is not known here.
 */
import type { Outgoing } from '../outgoing/outgoing.js';
import { get, post, refusalOf, type PostAnswer } from '../outgoing/post.js';
import type { PageReader } from './pages/page-reader.js';
import { summaryPrompt } from '../spec/tools/summary-text.js';
import { passageOf } from './pages/passage.js';
import { summaryOf, type SummariserOptions } from './pages/summary.js';
import { numberedPages, searchDefinition, shownPages } from './search-pages.js';
import type { Tool, ToolCall, ToolOutcome } from './tool.js';
import type { SearchProvider } from './web-search/provider.js';

export interface WebSearchOptions {
  /** Names it in errors. */
  readonly name: string;
  readonly provider: SearchProvider;
  readonly address: URL;
  readonly secret: string | null;
  /** Pages shown per call. */
  readonly topK: number;
  /** Of a call, with all that it is tried again. */
  readonly timeoutS: number;
  readonly outgoing: Outgoing;
  /** Counts one more call today; false: there are no more. */
  readonly spend: (signal: AbortSignal) => Promise<boolean>;
  /** Null: the results' pages are not read. */
  readonly pages: PagesOptions | null;
}

export interface PagesOptions {
  readonly reader: PageReader;
  /** Of a page that are shown. */
  readonly characters: number;
  /** `policy`: the caller has the policy do it. Null: the passages are the result. */
  readonly summariser: SummariserOptions | 'policy' | null;
}

interface Result {
  readonly snippet: string;
  /** Null: the provider does not say. */
  readonly address: string | null;
}

const MAX_ANSWER_BYTES = 2 ** 22;
/** The provider takes no such query. */
const OF_THE_QUERY = [400, 413, 414, 422];

export class WebSearchTool implements Tool {
  readonly definitions = [searchDefinition('Searches the web and returns the best matches.')];

  constructor(private readonly options: WebSearchOptions) {}

  async call({ arguments: { query } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const { name } = this.options;
    // The released tool takes them out: models quote whole questions, and nothing is found.
    const asked = String(query).replaceAll('"', '').trim();
    try {
      if (!(await this.options.spend(signal))) {
        throw new Error('today’s calls are used up: raise daily_calls, or go on after midnight UTC');
      }
      const answer = await this.ask(asked, signal);
      if (OF_THE_QUERY.includes(answer.status)) {
        return { kind: 'program_error', text: `The search engine refused the query (${answer.status})` };
      }
      if (!answer.ok) throw new Error(refusalOf(this.options.address, answer));
      return await this.shown(this.resultsOf(answer.text), asked, signal);
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'infra_error', message: `${name}: ${(error as Error).message}` };
    }
  }

  async close(): Promise<void> {
    await this.options.pages?.reader.close();
  }

  private ask(query: string, signal: AbortSignal): Promise<PostAnswer> {
    const { provider, address, topK, secret, timeoutS, outgoing } = this.options;
    const { url, headers, body } = provider.request(address, query, topK, secret);
    const options = { outgoing, url, headers: () => headers, timeoutS, maxBytes: MAX_ANSWER_BYTES };
    return body === null ? get(options, signal) : post(options, body, signal);
  }

  private async shown(results: readonly Result[], query: string, signal: AbortSignal): Promise<ToolOutcome> {
    const { topK, pages } = this.options;
    if (!pages || results.length === 0) {
      const snippets = results.map(({ snippet }) => snippet);
      return { kind: 'ok', text: shownPages(snippets, topK) };
    }
    const passages = await Promise.all(results.slice(0, topK).map((result) => passage(result, pages, signal)));
    const shown = numberedPages(passages, topK);
    const { summariser } = pages;
    if (summariser === 'policy') return { kind: 'to_summarise', text: summaryPrompt(query, shown) };
    return { kind: 'ok', text: summariser ? await summaryOf(summariser, query, shown, signal) : shown };
  }

  private resultsOf(text: string): Result[] {
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Error(`${this.options.address.host} answered no JSON: ${text.slice(0, 100)}`);
    }
    const results = new Map<string, Result>();
    for (const { snippet: given, address } of this.options.provider.results(answer)) {
      const snippet = typeof given === 'string' ? plainText(given) : '';
      if (snippet === '' || results.has(snippet)) continue;
      results.set(snippet, { snippet, address: typeof address === 'string' ? address : null });
    }
    return [...results.values()];
  }
}

/** Of a page that cannot be read what the provider says of it, and why it cannot. */
async function passage(
  { snippet, address }: Result,
  { reader, characters }: PagesOptions,
  signal: AbortSignal,
): Promise<string> {
  try {
    if (address === null) throw new Error('the search engine does not say where it is');
    return passageOf(await reader.read(address, signal), snippet, characters);
  } catch (error) {
    signal.throwIfAborted();
    return `${snippet} (The page could not be read: ${(error as Error).message})`;
  }
}

/** Some providers put tags around the words that were looked for. */
const plainText = (snippet: string): string => snippet.replaceAll(/<\/?(?:strong|b|em|span)\b[^>]*>/gi, '').trim();
