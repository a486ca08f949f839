/** Searches the web through a provider, and shows what its results say of their pages as the paper's search tool does. Fetches no page. */
import type { Outgoing } from '../outgoing/outgoing.js';
import { get, post, refusalOf, type PostAnswer } from '../outgoing/post.js';
import { searchDefinition, shownPages } from './search-pages.js';
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
}

const MAX_ANSWER_BYTES = 2 ** 22;
/** The provider takes no such query. */
const OF_THE_QUERY = [400, 413, 414, 422];

export class WebSearchTool implements Tool {
  readonly definitions = [searchDefinition('Searches the web and returns the best matches.')];

  constructor(private readonly options: WebSearchOptions) {}

  async call({ arguments: { query } }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const { name, topK } = this.options;
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
      return { kind: 'ok', text: shownPages(this.snippetsOf(answer.text), topK) };
    } catch (error) {
      signal.throwIfAborted();
      return { kind: 'infra_error', message: `${name}: ${(error as Error).message}` };
    }
  }

  async close(): Promise<void> {}

  private ask(query: string, signal: AbortSignal): Promise<PostAnswer> {
    const { provider, address, topK, secret, timeoutS, outgoing } = this.options;
    const { url, headers, body } = provider.request(address, query, topK, secret);
    const options = { outgoing, url, headers: () => headers, timeoutS, maxBytes: MAX_ANSWER_BYTES };
    return body === null ? get(options, signal) : post(options, body, signal);
  }

  private snippetsOf(text: string): string[] {
    let answer: unknown;
    try {
      answer = JSON.parse(text);
    } catch {
      throw new Error(`${this.options.address.host} answered no JSON: ${text.slice(0, 100)}`);
    }
    const snippets = this.options.provider.snippets(answer).filter((one): one is string => typeof one === 'string');
    return [...new Set(snippets.map(plainText))].filter((one) => one !== '');
  }
}

/** Some providers put tags around the words that were looked for. */
const plainText = (snippet: string): string => snippet.replaceAll(/<\/?(?:strong|b|em|span)\b[^>]*>/gi, '').trim();
