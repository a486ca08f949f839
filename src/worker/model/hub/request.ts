/** One GET to a hub, with a limit for every wait. Tells failures that pass from those that stay; tries nothing again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer } from '../../../outgoing/bearer.js';
import { Unreachable, type Outgoing } from '../../../outgoing/outgoing.js';
import { PassingFailure, retryAfterMs } from '../../../outgoing/passing-failure.js';
import type { HubLimits } from './hub-limits.js';

export interface HubRequest {
  readonly outgoing: Outgoing;
  readonly url: URL;
  /** Goes to the origin of the URL and nowhere else. */
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
export async function get({ outgoing, url, token, from = 0, signal, limits }: HubRequest): Promise<Response> {
  const silence = new AbortController();
  const late = new PassingFailure(`no answer from ${url.host} in ${limits.answerMs / 1000} s`);
  const timer = setTimeout(() => silence.abort(late), limits.answerMs);
  try {
    const response = await outgoing.fetch(url, {
      signal: AbortSignal.any([signal, silence.signal]),
      headers: {
        ...(from > 0 ? { range: `bytes=${from}-` } : {}),
        ...bearer(token),
      },
    });
    return await checked(response);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Unreachable ? new PassingFailure(error.message) : error;
  } finally {
    clearTimeout(timer);
  }
}

async function checked(response: Response): Promise<Response> {
  const { status, headers } = response;
  if (![408, 425, 429].includes(status) && status < 500) return response;
  await response.body?.cancel();
  throw new PassingFailure(`${hostOf(response)} answered ${status}`, retryAfterMs(headers));
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
