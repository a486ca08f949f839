/** A failure that may be gone another time, and asking again for as long as there is time. */
import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 10_000;

export class PassingFailure extends Error {
  override readonly name = 'PassingFailure';

  constructor(
    message: string,
    /** What the server asks for; null when it says nothing. */
    readonly waitMs: number | null = null,
  ) {
    super(message);
  }
}

/** How long a server asks to be left alone; null when it does not say. */
export function retryAfterMs(headers: Headers): number | null {
  const text = headers.get('retry-after');
  if (text === null) return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}

/**
 * Does the work again after failures that pass, later each time.
 * @param limitMs from now; the work itself ends by `signal`
 * @throws what the work throws that does not pass, or the failure that there is no time left to wait after
 */
export async function persistently<T>(
  work: () => Promise<T>,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
): Promise<T> {
  const until = performance.now() + limitMs;
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      const waitMs = error.waitMs ?? Math.min(FIRST_WAIT_MS * 2 ** failures, MAX_WAIT_MS);
      if (performance.now() + waitMs >= until) throw error;
      await sleep(waitMs, undefined, { signal });
    }
  }
}
