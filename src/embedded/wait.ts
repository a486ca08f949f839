/** Waiting with a limit: every wait of the supervisor goes through here, and says what it waited for when it gives up. */
import { setTimeout as sleep } from 'node:timers/promises';

export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';

  constructor(what: string, limitMs: number, detail: string) {
    super(`Waited ${limitMs / 1000} s for ${what}${detail === '' ? '' : `: ${detail}`}`);
  }
}

interface WaitOptions {
  readonly limitMs: number;
  readonly everyMs?: number;
}

/**
 * Calls `probe` until it returns true. An error of the probe counts as "not yet" and is told at the end.
 * @throws {WaitTimeoutError} when the limit is over.
 */
export async function waitUntil(
  what: string,
  probe: () => boolean | Promise<boolean>,
  { limitMs, everyMs = 50 }: WaitOptions,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  let lastError = '';
  for (;;) {
    try {
      if (await probe()) return;
      lastError = '';
    } catch (error) {
      if (error instanceof GiveUp) throw error.reason;
      lastError = error instanceof Error ? error.message : String(error);
    }
    if (Date.now() >= deadline) throw new WaitTimeoutError(what, limitMs, lastError);
    await sleep(everyMs);
  }
}

/** Thrown by a probe when waiting longer is of no use; `waitUntil` then throws the reason. */
export class GiveUp extends Error {
  constructor(readonly reason: Error) {
    super(reason.message);
  }
}
