/**
 * Runs a Redis server of our own on a free port of 127.0.0.1. It keeps nothing on disk: the queue is filled again
 * from the tables, which are the record.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis as Client } from 'ioredis';
import type { Child } from './child.js';
import type { DataFolder } from './data-folder.js';
import { freePort } from './free-port.js';
import { findRedisServer } from './redis-server.js';
import type { Supervisor } from './supervisor.js';
import { GiveUp, waitUntil } from './wait.js';

const portAttempts = 3;

/**
 * Returns the URL.
 * @throws {Error} with the end of the server's log when it does not start, or with what to install when there is none.
 */
export async function startRedis(supervisor: Supervisor): Promise<string> {
  const { folder, log } = supervisor;
  const server = await findRedisServer(folder.path, log);
  for (let attempt = 1; ; attempt++) {
    const password = randomBytes(24).toString('hex');
    const port = await freePort();
    const configuration = writeConfiguration(folder, port, password);
    const options = {
      name: 'Redis',
      command: server.command,
      args: [configuration],
      env: server.env,
      logFile: folder.log('redis'),
      stopSignals: [['SIGTERM', 10_000]],
    } as const;
    const child = await supervisor.spawn(options, configuration);
    const url = `redis://:${password}@127.0.0.1:${port}`;
    try {
      await waitUntil('Redis to accept connections', () => accepts(child, url), { limitMs: 20_000 });
      supervisor.watch(child);
      return url;
    } catch (error) {
      await child.stop();
      if (attempt === portAttempts || !/Address already in use/.test(child.tail())) throw error;
    }
  }
}

/** Writes the settings to a file, as a password among the arguments could be read by every user. Returns its path. */
function writeConfiguration(folder: DataFolder, port: number, password: string): string {
  const directory = join(folder.path, 'redis');
  const file = join(directory, 'redis.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(directory)}`,
    'save ""',
    'appendonly no',
    'daemonize no',
    'maxmemory-policy noeviction',
    'databases 256',
    // The path of this file stays in the command line, by which a left-over server is recognised.
    'set-proc-title no',
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

async function accepts(child: Child, url: string): Promise<boolean> {
  if (!child.isRunning) throw new GiveUp(child.deathNotice());
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.disconnect();
  }
}
