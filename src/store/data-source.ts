/** The connection to PostgreSQL, with every entity and migration. Connects and migrates only when it is told to. */
import type { Socket } from 'node:net';
import type { Client, PoolConfig } from 'pg';
import { DataSource } from 'typeorm';
import { migrations } from '../../migrations/index.js';
import { entities } from './entities/index.js';
import { SnakeNamingStrategy } from './naming-strategy.js';

/** Longer than any statement takes: what may be long, like an export or an import, is many statements. */
export const SILENCE_MS = 600_000;

/** For requests, each of whose statements is short: see `patiently` for those that are not. Longer than the pool keeps a connection that nobody uses. */
export const REQUEST_SILENCE_MS = 12_000;

export interface ConnectionLimits {
  /** A connection in use over which nothing goes for so long is given up: what waits for it fails, and its transaction with it. */
  readonly silenceMs?: number;
  /** PostgreSQL gives up a connection that says nothing for so long in the middle of a transaction: the locks of a process that stands still, or whose machine is gone, do not outlast it. */
  readonly idleInTransactionMs?: number;
}

/** @param databaseUrl `postgres://user:password@host:5432/database` */
export function createDataSource(
  databaseUrl: string,
  { silenceMs = SILENCE_MS, idleInTransactionMs = 10_000 }: ConnectionLimits = {},
): DataSource {
  const pool: PoolConfig = {
    max: 20,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // The driver's own query timeout would leave the connection in the pool, with its transaction open.
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it, and hears meanwhile of a connection that is lost
    onConnect: async (connected) => {
      const client = connected as Client;
      giveUpOnSilence(client.connection.stream as Socket, silenceMs);
      // Not with the start of the connection: poolers refuse settings there that they do not know.
      await client.query(`SET idle_in_transaction_session_timeout = ${idleInTransactionMs}`);
    },
  };
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities,
    migrations,
    namingStrategy: new SnakeNamingStrategy(),
    migrationsTransactionMode: 'each',
    applicationName: 'bough',
    installExtensions: false,
    extra: pool,
    synchronize: false,
    logging: false,
  });
}

function giveUpOnSilence(socket: Socket, ms: number): void {
  const error = Object.assign(new Error(`PostgreSQL was silent for ${ms / 1000} s`), { code: 'ETIMEDOUT' });
  socket.setTimeout(ms, () => socket.destroy(error));
}
