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
  /** Of each result what it says of its page, best first. What is no text is left out by whoever shows it. */
  snippets(answer: unknown): unknown[];
}

/** `results` of `{ results: [{ content }] }`, one field after the other; undefined where there is no such field. */
export function fieldOf(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>)[name] : undefined,
    value,
  );
}

export const eachOf = (list: unknown, name: string): unknown[] =>
  Array.isArray(list) ? list.map((one) => fieldOf(one, name)) : [];
