/** Waiting for what the service does in the background. */
import { BoughError } from './bough-error.js';
import { pause } from './bough-fetch.js';

export interface WaitOptions<T> {
  /** Milliseconds; by default there is no limit. */
  timeoutMs?: number;
  /** Milliseconds between two looks, at most; default 2,000. */
  everyMs?: number;
  signal?: AbortSignal;
  /** Called with each state that is seen. */
  onUpdate?: (state: T) => void;
}

interface Processed {
  id: string;
  status: string;
  error: { code: string; message: string } | null;
}

/** A paused run goes on only when somebody says so: whoever waits for it would wait for ever. */
const AT_REST: readonly string[] = ['succeeded', 'failed', 'cancelled', 'paused'];

/** @throws {BoughError} when it fails, or is not ready in time */
export async function waitUntilReady<T extends Processed>(
  look: () => Promise<T>,
  options?: WaitOptions<T>,
): Promise<T> {
  const state = await waitUntil(look, ({ status }) => status !== 'processing', options);
  if (state.status !== 'failed') return state;
  throw new BoughError(state.error?.code ?? 'failed', state.error?.message ?? `${state.id} has failed`);
}

/** @throws {BoughError} when it has neither ended nor been paused in time */
export function waitUntilFinal<T extends Processed>(look: () => Promise<T>, options?: WaitOptions<T>): Promise<T> {
  return waitUntil(look, ({ status }) => AT_REST.includes(status), options);
}

async function waitUntil<T extends Processed>(
  look: () => Promise<T>,
  isOver: (state: T) => boolean,
  { timeoutMs = Infinity, everyMs = 2000, signal, onUpdate }: WaitOptions<T> = {},
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let waitMs = Math.min(100, everyMs); ; waitMs = Math.min(waitMs * 1.5, everyMs)) {
    signal?.throwIfAborted();
    const state = await look();
    onUpdate?.(state);
    if (isOver(state)) return state;
    const left = deadline - Date.now();
    if (left <= 0) throw new BoughError('timeout', `${state.id} is still ${state.status} after ${timeoutMs} ms`);
    await pause(Math.min(waitMs, left), signal);
  }
}
