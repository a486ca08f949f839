/**
 * One GET to a hub, with a limit for every wait. Follows redirects itself, so that a token goes to the hub's own origin and nowhere else.
 * A redirect leads to public addresses only, or to the host that the operator has named. Tells failures that pass from those that stay; tries nothing again.
 */
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { BOUGH_VERSION } from '../../../config/package.js';
import { checkHost, PrivateAddress, publicLookup } from './address-guard.js';
import type { HubLimits } from './hub-limits.js';

const MAX_REDIRECTS = 5;

/** It may go better another time. */
export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';

  constructor(
    message: string,
    /** What the hub asks for; null when it says nothing. */
    readonly waitMs: number | null = null,
  ) {
    super(message);
  }
}

export interface HubRequest {
  readonly url: URL;
  /** Of the hub: the only origin that sees the token. */
  readonly origin: string;
  readonly token: string | null;
  /** Byte to begin with. */
  readonly from?: number;
  readonly signal: AbortSignal;
  readonly limits: HubLimits;
}

/**
 * @returns the answer, which may say no (a status from 400 on)
 * @throws {PassingFailure} also for statuses that mean "later"
 */
export async function get(request: HubRequest): Promise<Response> {
  let url = request.url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await getOnce({ ...request, url });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return checked(response);
    await response.body?.cancel();
    url = redirected(url, location);
  }
  throw new Error(`more than ${MAX_REDIRECTS} redirects`);
}

function redirected(from: URL, location: string): URL {
  const to = new URL(location, from);
  const isSafe = to.protocol === 'https:' || (to.protocol === 'http:' && from.protocol === 'http:');
  if (!isSafe) throw new Error(`a redirect to ${to.protocol}//${to.host}, which is not safe`);
  return to;
}

async function getOnce({ url, origin, token, from = 0, signal, limits }: HubRequest): Promise<Response> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), limits.answerMs);
  // The operator has named the hub's own host, wherever it lies.
  const isHub = url.hostname === new URL(origin).hostname;
  if (!isHub) checkHost(url);
  try {
    return await exchange(url, {
      signal: AbortSignal.any([signal, silence.signal]),
      ...(isHub ? {} : { lookup: publicLookup }),
      headers: {
        'user-agent': `bough/${BOUGH_VERSION}`,
        // Sizes and ranges are those of the file itself.
        'accept-encoding': 'identity',
        ...(from > 0 ? { range: `bytes=${from}-` } : {}),
        ...(token !== null && url.origin === origin ? { authorization: `Bearer ${token}` } : {}),
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PrivateAddress) throw error;
    if (silence.signal.aborted) throw new PassingFailure(`no answer from ${url.host} in ${limits.answerMs / 1000} s`);
    throw new PassingFailure(`${url.host} cannot be reached (${reasonOf(error)})`);
  } finally {
    clearTimeout(timer);
  }
}

/** Not Node's `fetch`: there a caller has no say in which of a name's addresses is connected to. */
function exchange(url: URL, options: RequestOptions): Promise<Response> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    request(url, { ...options, agent: false }, (message) => {
      const { statusCode: status = 0, headersDistinct } = message;
      const headers = new Headers();
      for (const [name, values = []] of Object.entries(headersDistinct)) {
        for (const value of values) headers.append(name, value);
      }
      const body = status === 204 || status === 304 ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
      const response = new Response(body, { status, headers });
      resolve(Object.defineProperty(response, 'url', { value: url.href }));
    })
      .on('error', reject)
      .end();
  });
}

async function checked(response: Response): Promise<Response> {
  const { status, headers } = response;
  if (![408, 425, 429].includes(status) && status < 500) return response;
  await response.body?.cancel();
  const seconds = Number(headers.get('retry-after') ?? NaN);
  throw new PassingFailure(`${hostOf(response)} answered ${status}`, Number.isFinite(seconds) ? seconds * 1000 : null);
}

const hostOf = ({ url }: Response): string => (URL.canParse(url) ? new URL(url).host : 'the hub');

/**
 * The bytes of an answer as they come.
 * @throws {PassingFailure} when they stop coming
 */
export async function* bodyOf(
  response: Response,
  { idleMs }: HubLimits,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await orSilence(reader.read(), idleMs);
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PassingFailure) throw error;
    throw new PassingFailure(`${hostOf(response)} broke off (${reasonOf(error)})`);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function orSilence<T>(coming: Promise<T>, idleMs: number): Promise<T> {
  coming.catch(() => undefined);
  const came = new AbortController();
  const silence = sleep(idleMs, null, { signal: came.signal }).then(() => {
    throw new PassingFailure(`nothing came for ${idleMs / 1000} s`);
  });
  try {
    return await Promise.race([coming, silence]);
  } finally {
    silence.catch(() => undefined);
    came.abort();
  }
}

/** The code says why, where there is one. Neither holds a header. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message: string; code?: unknown };
  return typeof code === 'string' ? code : message;
}
