/** A connection to PostgreSQL that hears what is announced on a channel, and is made again when it is lost. May miss some: whoever listens also looks for itself. */
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';

const CONNECT_MS = 10_000;
const RECONNECT_MS = 2000;

export class Listener {
  private client: Client | null = null;
  private closed = false;

  /**
   * @param channel a plain SQL name
   * @param onNotification is given the payload of each notification that has one
   */
  constructor(
    private readonly databaseUrl: string,
    private readonly channel: string,
    private readonly onNotification: (payload: string) => void,
  ) {}

  /** Listens until `close`, reconnecting when the connection is lost. Does not reject. */
  async listen(): Promise<void> {
    while (!this.closed) {
      const client = new Client({
        connectionString: this.databaseUrl,
        application_name: this.channel,
        keepAlive: true,
        connectionTimeoutMillis: CONNECT_MS,
      });
      this.client = client;
      const lost = new Promise<void>((resolve) => {
        client.on('error', () => resolve());
        client.on('end', () => resolve());
      });
      client.on('notification', ({ payload }) => payload && this.onNotification(payload));
      try {
        await client.connect();
        await client.query(`LISTEN ${this.channel}`);
        await lost;
      } catch {
        // The loop tries again; until then whoever listens looks for itself.
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
