/**
 * A signal for work that has a time limit and can be aborted. Not `AbortSignal.any` with `AbortSignal.timeout`: nothing holds the latter but the former, and weakly, so
 * that on Node 20 the garbage collector takes the limit away.
 */
import { setMaxListeners } from 'node:events';

export interface TimeLimit {
  /** Aborted with a TimeoutError after the time, or with the reason of the first of the signals. */
  readonly signal: AbortSignal;
  /** To be called when the work has ended, however it did. */
  readonly end: () => void;
}

export function timeLimit(seconds: number, ...signals: readonly AbortSignal[]): TimeLimit {
  const limited = new AbortController();
  const late = () => limited.abort(new DOMException(`it took more than ${seconds} s`, 'TimeoutError'));
  const timer = setTimeout(late, seconds * 1000);
  const follow = () => limited.abort(signals.find(({ aborted }) => aborted)?.reason);
  for (const signal of signals) {
    // A job's signal is followed by as many requests as are under way at once, which is no leak.
    setMaxListeners(0, signal);
    signal.addEventListener('abort', follow, { once: true });
  }
  if (signals.some(({ aborted }) => aborted)) follow();
  return {
    signal: limited.signal,
    end: () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', follow);
    },
  };
}
