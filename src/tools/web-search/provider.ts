/** The port of a provider of web search: what to ask it, and where its answer has the texts. Sends nothing. */

export interface SearchRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: a GET. */
  readonly body: string | null;
}

export interface SearchProvider {
  /** Where requests go that name no other address; null: there is none, as it is a program that users run themselves. */
  readonly address: string | null;
  /** @param secret null where the provider needs none */
  request(address: URL, query: string, count: number, secret: string | null): SearchRequest;
  /** Of each result what it says of its page and where that is, best first. What is no text is left out by whoever shows it. */
  results(answer: unknown): SearchResult[];
}

export interface SearchResult {
  readonly snippet: unknown;
  readonly address: unknown;
}

/** `results` of `{ results: [{ content }] }`, one field after the other; undefined where there is no such field. */
export function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    value,
  );
}

/** @param snippet and address: fields of each of the list */
export const resultsIn = (list: unknown, snippet: string, address: string): SearchResult[] =>
  Array.isArray(list) ? list.map((one) => ({ snippet: fieldOf(one, snippet), address: fieldOf(one, address) })) : [];
