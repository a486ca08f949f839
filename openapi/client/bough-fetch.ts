/** fetch with the API key, and with another try where the first may have failed for reasons that pass. */
import { randomName } from './hex.js';

export type Fetch = (request: Request) => Promise<Response>;

const TRIES = 5;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;

/**
 * A request is tried again after 429, 502, 503, 504 and lost connections. So that a POST of JSON cannot happen twice, it gets an
 * Idempotency-Key if it has none; uploads are not repeated.
 */
export function boughFetch(fetch: Fetch, apiKey: string): Fetch {
  return async (request) => {
    request.headers.set('authorization', `Bearer ${apiKey}`);
    const isJson = request.headers.get('content-type')?.startsWith('application/json') ?? request.body === null;
    if (request.method === 'POST' && isJson && !request.headers.has('idempotency-key')) {
      request.headers.set('idempotency-key', randomName());
    }
    return isJson ? withRetries(fetch, request) : fetch(request);
  };
}

async function withRetries(fetch: Fetch, request: Request): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const isLast = tried === TRIES;
    try {
      const response = await fetch(isLast ? request : request.clone());
      if (isLast || ![429, 502, 503, 504].includes(response.status)) return response;
      await response.body?.cancel();
      await pause(retryAfterMs(response) ?? waitMs(tried), request.signal);
    } catch (error) {
      if (isLast || request.signal.aborted) throw error;
      await pause(waitMs(tried), request.signal);
    }
  }
}

/** Doubles with each try, and varies so that clients do not come back all at once. */
function waitMs(tried: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (tried - 1), MAX_WAIT_MS) * (0.75 + Math.random() / 2);
}

function retryAfterMs(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, MAX_WAIT_MS) : null;
}

/** @throws the reason of the signal, when it is aborted */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}
