/** A request of JSON to a tracker's server: once, since the whole attempt is made again. */
import { z } from 'zod';
import type { Outgoing } from '../../../outgoing/outgoing.js';
import { refusalOf } from '../../../outgoing/post.js';
import { shortened, textOf } from '../../../outgoing/text.js';

const MAX_ANSWER_BYTES = 2 ** 22;

export interface AskOptions {
  readonly outgoing: Outgoing;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

interface Answered {
  readonly status: number;
  readonly ok: boolean;
  readonly text: string;
}

/** The answer, whatever its status. */
export async function answerTo(
  { outgoing, headers, signal }: AskOptions,
  method: 'GET' | 'POST' | 'PUT',
  url: URL,
  body?: unknown,
): Promise<Answered> {
  const request =
    body === undefined
      ? { method, headers, signal }
      : { method, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body), signal };
  const response = await outgoing.fetch(url, request);
  return { status: response.status, ok: response.ok, text: await textOf(response, MAX_ANSWER_BYTES) };
}

/** The JSON of an answer. Throws an error that says what the server said instead. */
export function jsonOf(url: URL, answer: Answered): Record<string, unknown> {
  if (!answer.ok) throw new Error(refusalOf(url, answer));
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(answer.text));
  } catch (error) {
    throw new Error(`${url.host} answered with no object of JSON: ${shortened(answer.text)}`, { cause: error });
  }
}

/** A place below a server's address. */
export function below(base: string, path: string, query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
