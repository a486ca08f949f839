import { setImmediate } from 'node:timers/promises';

/**
 * Lets the event loop turn once. The engine computes synchronously, so that without this between its runs no frame, no cancellation and no
 * heartbeat would get through.
 */
export function yieldToEventLoop(): Promise<void> {
  return setImmediate();
}
