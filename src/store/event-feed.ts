/** Wakes whoever waits for news of a run, by LISTEN. Carries ids only, and may miss some: waiters look for themselves and also poll. */
import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { EVENTS_CHANNEL } from './events.js';

const CONNECT_MS = 10_000;
const RECONNECT_MS = 2000;

export class EventFeed {
  private readonly news = new EventEmitter().setMaxListeners(0);
  private client: Client | null = null;
  private closed = false;

  constructor(private readonly databaseUrl: string) {}

  /** Listens until `close`, reconnecting when the connection is lost. Does not reject. */
  async listen(): Promise<void> {
    while (!this.closed) {
      const client = new Client({
        connectionString: this.databaseUrl,
        application_name: 'bough events',
        keepAlive: true,
        connectionTimeoutMillis: CONNECT_MS,
      });
      this.client = client;
      try {
        const lost = new Promise<void>((resolve) => {
          client.on('error', () => resolve());
          client.on('end', () => resolve());
        });
        client.on('notification', ({ payload }) => payload && this.news.emit(payload));
        await client.connect();
        await client.query(`LISTEN ${EVENTS_CHANNEL}`);
        await lost;
      } catch {
        // The loop tries again; until then waiters poll.
      }
      await client.end().catch(() => undefined);
      if (!this.closed) await sleep(RECONNECT_MS, undefined, { ref: false });
    }
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

  /** Takes no leave of PostgreSQL, which may be silent. */
  async close(): Promise<void> {
    this.closed = true;
    (this.client?.connection.stream as Socket | undefined)?.destroy();
  }
}

export interface Waiter {
  within(ms: number): Promise<void>;
  cancel(): void;
}
