/** Wakes whoever waits for news of a run. Carries ids only, and may miss some: waiters look for themselves and also poll. */
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EVENTS_CHANNEL } from './events.js';
import { Listener } from './listen.js';

export class EventFeed {
  private readonly news = new EventEmitter().setMaxListeners(0);
  private readonly listener: Listener;

  constructor(databaseUrl: string) {
    this.listener = new Listener(databaseUrl, EVENTS_CHANNEL, (runId) => this.news.emit(runId));
  }

  /** Listens until `close`. Does not reject. */
  listen(): Promise<void> {
    return this.listener.listen();
  }

  /** Starts to wait for news of the run; call it before looking for what is new, so that nothing falls in between. */
  waitFor(runId: string, signal: AbortSignal): Waiter {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const happened = once(this.news, runId, { signal: either }).then(
      () => undefined,
      () => undefined,
    );
    return {
      /** Resolves on news, after `ms`, or when the signal is aborted. */
      within: async (ms) => {
        await Promise.race([happened, sleep(ms, undefined, { signal: either }).catch(() => undefined)]);
        stop.abort();
      },
      cancel: () => stop.abort(),
    };
  }

  close(): Promise<void> {
    return this.listener.close();
  }
}

export interface Waiter {
  within(ms: number): Promise<void>;
  cancel(): void;
}
