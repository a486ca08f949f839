/** A database and a Redis of its own for each e2e file, empty but migrated. Starts no server: global-setup.ts does. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { inject } from 'vitest';
import { templateDatabase } from './global-setup.js';

export interface TestServices {
  /** A migrated database that no other test file uses. */
  readonly databaseUrl: string;
  /** A Redis database that no other test file uses, empty. */
  readonly redisUrl: string;
  /** An empty folder for blobs and everything else that is kept. */
  readonly dataDir: string;
  /** The settings that an API or worker process needs for these services. */
  readonly env: Readonly<Record<string, string>>;
  /** Deletes all of it; call it when the processes that use it have ended. */
  readonly drop: () => Promise<void>;
}

/**
 * Call it once per file, in `beforeAll`, and `drop` it in `afterAll`:
 *
 *     let services: TestServices;
 *     beforeAll(async () => { services = await createTestServices(); });
 *     afterAll(() => services.drop());
 */
export async function createTestServices(): Promise<TestServices> {
  const database = `test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${database} TEMPLATE ${templateDatabase}`);
  const databaseUrl = withPath(inject('databaseUrl'), database);
  const redisUrl = await emptyRedis();
  const dataDir = mkdtempSync(join(tmpdir(), 'bough-test-'));
  return {
    databaseUrl,
    redisUrl,
    dataDir,
    env: { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, BOUGH_DATA_DIR: dataDir },
    drop: async () => {
      await administer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      await flush(redisUrl);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function administer(sql: string): Promise<void> {
  const client = new Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Takes the databases 1, 2, … of the server in turn; database 0 keeps the count. */
async function emptyRedis(): Promise<string> {
  const redis = new Redis(inject('redisUrl'));
  try {
    const [, databases = '16'] = (await redis.config('GET', 'databases')) as string[];
    const taken = await redis.incr('bough:test:databases-taken');
    const url = withPath(inject('redisUrl'), String(1 + ((taken - 1) % (Number(databases) - 1))));
    await flush(url);
    return url;
  } finally {
    redis.disconnect();
  }
}

async function flush(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    await redis.flushdb();
  } finally {
    redis.disconnect();
  }
}

function withPath(url: string, path: string): string {
  const changed = new URL(url);
  changed.pathname = `/${path}`;
  return changed.href;
}
