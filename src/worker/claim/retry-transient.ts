/** Carries work over an outage of PostgreSQL. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '../../store/transient.js';

/** Tries again, every half second, for as long as the error is transient and nobody aborts. */
export async function retryTransient<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || signal.aborted) throw error;
      await sleep(500, undefined, { ref: false });
    }
  }
}
