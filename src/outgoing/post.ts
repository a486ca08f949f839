/** A POST of JSON to a server that a user has named, or a GET, made again while that may help and there is time. What an answer means is the caller's to say. */
import { Unreachable, type Outgoing } from './outgoing.js';
import { PassingFailure, persistently, retryAfterMs } from './passing-failure.js';
import { textOf } from './text.js';
import { timeLimit } from './time-limit.js';

/** Of an answer, shown to whoever reads why something failed. */
const SHOWN_CHARACTERS = 200;

const isBusy = (status: number): boolean => [429, 502, 503, 504].includes(status);

export interface PostOptions {
  readonly outgoing: Outgoing;
  readonly url: URL;
  /** Made anew for each attempt, beside the content type. */
  readonly headers: () => Readonly<Record<string, string>>;
  /** Whether a status says that the server may answer another time. Default: that it is busy, or that its proxy cannot reach it. */
  readonly isPassing?: (status: number) => boolean;
  /** Of all attempts together. */
  readonly timeoutS: number;
  readonly maxBytes: number;
}

export interface PostAnswer {
  readonly status: number;
  /** Whether the status says that it is what was asked for. */
  readonly ok: boolean;
  readonly headers: Headers;
  readonly text: string;
}

/**
 * @returns the first answer whose status does not pass
 * @throws the signal's reason, else an error that names the host and says what was wrong
 */
export function post(options: PostOptions, body: string, signal: AbortSignal): Promise<PostAnswer> {
  return answerTo(options, body, signal);
}

/** As `post`. */
export function get(options: PostOptions, signal: AbortSignal): Promise<PostAnswer> {
  return answerTo(options, null, signal);
}

async function answerTo(options: PostOptions, body: string | null, signal: AbortSignal): Promise<PostAnswer> {
  const { url, timeoutS } = options;
  const limitMs = timeoutS * 1000;
  const limit = timeLimit(timeoutS, signal);
  try {
    return await persistently(() => attempt(options, body, limit.signal), { limitMs, signal: limit.signal });
  } catch (error) {
    signal.throwIfAborted();
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw isLate ? new Error(`${url.host} did not answer within ${timeoutS} s`) : error;
  } finally {
    limit.end();
  }
}

/** What a server said that could not be used. */
export function refusalOf({ host }: URL, { status, text }: Pick<PostAnswer, 'status' | 'text'>): string {
  return `${host} answered ${status}: ${text.slice(0, SHOWN_CHARACTERS)}`;
}

async function attempt(
  { outgoing, url, headers, isPassing = isBusy, maxBytes }: PostOptions,
  body: string | null,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const request =
    body === null
      ? { headers: headers(), signal }
      : { method: 'POST', headers: { 'content-type': 'application/json', ...headers() }, body, signal };
  const response = await outgoing.fetch(url, request).catch((error: unknown) => {
    throw error instanceof Unreachable ? new PassingFailure(error.message) : error;
  });
  const text = await textOf(response, maxBytes).catch((error: unknown) => {
    signal.throwIfAborted();
    if (error instanceof RangeError) throw new Error(`${url.host}: ${error.message}`);
    throw new PassingFailure(`${url.host} broke off its answer`);
  });
  const { status, ok, headers: given } = response;
  const answer = { status, ok, headers: given, text };
  if (isPassing(status)) throw new PassingFailure(refusalOf(url, answer), retryAfterMs(given));
  return answer;
}
