/** Hears at once that a job changed, by LISTEN. May miss some: whoever works on a job also looks for itself. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { JOBS_CHANNEL } from '../../store/events.js';

const CONNECT_MS = 10_000;
const RECONNECT_MS = 2000;

export class JobFeed {
  private client: Client | null = null;
  private closed = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly onJob: (jobId: string) => void,
  ) {}

  /** Listens until `close`, reconnecting when the connection is lost. Does not reject. */
  async listen(): Promise<void> {
    while (!this.closed) {
      const client = new Client({
        connectionString: this.databaseUrl,
        application_name: 'bough jobs',
        keepAlive: true,
        connectionTimeoutMillis: CONNECT_MS,
      });
      this.client = client;
      const lost = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
      });
      client.on('notification', ({ payload }) => payload !== undefined && this.onJob(payload));
      try {
        await client.connect();
        await client.query(`LISTEN ${JOBS_CHANNEL}`);
        await lost;
      } catch {
        // The loop tries again.
      }
      await client.end().catch(() => undefined);
      if (!this.closed) await sleep(RECONNECT_MS, undefined, { ref: false });
    }
  }

  /** Takes no leave of PostgreSQL, which may be silent. */
  async close(): Promise<void> {
    this.closed = true;
    (this.client?.connection.stream as Socket | undefined)?.destroy();
  }
}
