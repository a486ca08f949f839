/** The embedded servers as a user meets them: first start, second start, and a start after everything was killed. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandLine } from '../src/embedded/process-table.js';
import { startServices, type Services } from '../src/embedded/services.js';
import { FolderInUseError } from '../src/embedded/supervisor-state.js';
import { waitUntil } from '../src/embedded/wait.js';

const root = join(import.meta.dirname, '..');
const isRoot = process.getuid?.() === 0;
let dataDir: string;
let lines: string[];
let services: Services | undefined;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bough-embedded-'));
  chmodSync(dataDir, 0o755);
  lines = [];
});

afterEach(async () => {
  await services?.stop();
  services = undefined;
  rmSync(dataDir, { recursive: true, force: true });
});

async function start({ durable = false } = {}): Promise<Services> {
  services = await startServices({ dataDir, log: (line) => lines.push(line), durable });
  return services;
}

async function query(databaseUrl: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Has a connection compute until it is cut. */
async function compute(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  client.query('SELECT count(*) FROM (SELECT generate_series(1, 1e12::bigint)) AS numbers').catch(() => undefined);
  const isBusy = `SELECT FROM pg_stat_activity WHERE state = 'active' AND query ~ '^SELECT count'`;
  await waitUntil('the connection to compute', async () => (await query(databaseUrl, isBusy)).length === 1, {
    limitMs: 10_000,
  });
}

async function ping(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl, { retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    return await redis.ping();
  } finally {
    redis.disconnect();
  }
}

/** A supervisor in a process of its own, which tells its URLs and waits. */
async function startElsewhere(): Promise<{ process: ChildProcess; databaseUrl: string; redisUrl: string }> {
  const module = JSON.stringify(join(root, 'dist/src/embedded/services.js'));
  const script = `import { startServices } from ${module};
    const { databaseUrl, redisUrl } = await startServices({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, durable: false });
    console.log(JSON.stringify({ databaseUrl, redisUrl }));
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, ...(JSON.parse(text.toString()) as { databaseUrl: string; redisUrl: string }) };
}

function postgresPid(): number {
  return Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

function children(): { pid: number }[] {
  const state = JSON.parse(readFileSync(join(dataDir, 'supervisor.json'), 'utf8')) as { children: { pid: number }[] };
  return state.children;
}

describe('the embedded servers', () => {
  test('keep the database and forget Redis over a restart, behind passwords, for this machine only', async () => {
    const first = await start();
    expect(await query(first.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer')).toEqual([]);
    const redis = new Redis(first.redisUrl);
    await redis.set('fleeting', '1');
    redis.disconnect();

    const withoutPassword = new URL(first.databaseUrl);
    withoutPassword.password = 'guess';
    await expect(query(withoutPassword.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
    const unlocked = new URL(first.redisUrl);
    unlocked.password = 'guess';
    await expect(ping(unlocked.href)).rejects.toThrow();
    expect(await query(first.databaseUrl, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    expect(statSync(join(dataDir, 'redis', 'redis.conf')).mode & 0o077).toBe(0);
    await first.stop();

    const second = await start();
    expect(await query(second.databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    const again = new Redis(second.redisUrl);
    expect(await again.get('fleeting')).toBeNull();
    again.disconnect();
  });

  test('come back at the same place when they are killed', async () => {
    const { databaseUrl, redisUrl } = await start({ durable: true });
    await query(databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await compute(databaseUrl);
    const before = children();
    for (const { pid } of before) process.kill(pid, 'SIGKILL');
    await waitUntil('both to be started again', () => children().every(({ pid }, i) => pid !== before[i]?.pid), {
      limitMs: 60_000,
    });
    const kept = async () => (await query(databaseUrl, 'SELECT answer FROM kept')).length === 1;
    await waitUntil('PostgreSQL to answer', kept, { limitMs: 60_000 });
    await waitUntil('Redis to answer', async () => (await ping(redisUrl)) === 'PONG', { limitMs: 60_000 });
    expect(lines.toSorted()).toEqual([
      'PostgreSQL was killed by SIGKILL: starting it again in 1 s',
      'Redis was killed by SIGKILL: starting it again in 1 s',
    ]);
    expect(postgresPid()).toBe(children()[0]?.pid);
  });

  test('are not started twice on one folder', async () => {
    await start();
    await expect(startServices({ dataDir, log: () => undefined })).rejects.toThrow(FolderInUseError);
  });

  test('recover by themselves when the supervisor was killed and its servers live on', async () => {
    const orphaned = await startElsewhere();
    await query(orphaned.databaseUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const pid = postgresPid();
    orphaned.process.kill('SIGKILL');
    await once(orphaned.process, 'exit');
    expect(await ping(orphaned.redisUrl)).toBe('PONG');

    const { databaseUrl } = await start();
    expect(await query(databaseUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(commandLine(pid)).toBeUndefined();
    await expect(ping(orphaned.redisUrl)).rejects.toThrow();
    expect(lines.filter((line) => line.startsWith('Stopped the'))).toHaveLength(2);
  });

  test('recover when everything was killed at once and the locks name processes that are gone', async () => {
    const killed = await startElsewhere();
    await compute(killed.databaseUrl);
    const pid = postgresPid();
    killed.process.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await once(killed.process, 'exit');
    await waitUntil('PostgreSQL to be gone', () => commandLine(pid) === undefined, { limitMs: 10_000 });
    const { databaseUrl } = await start();
    expect(await query(databaseUrl, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  test('leave nothing behind when the process that started them ends without stopping them', async () => {
    const module = JSON.stringify(join(root, 'dist/src/embedded/services.js'));
    const script = `import { startServices } from ${module};
      await startServices({ dataDir: ${JSON.stringify(dataDir)}, log: () => {}, durable: false });
      throw new Error('a bug');`;
    await expect(promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])).rejects.toThrow('a bug');
    expect(children()).toHaveLength(2);
    for (const { pid } of children()) {
      await waitUntil(`process ${pid} to be gone`, () => commandLine(pid) === undefined, { limitMs: 10_000 });
    }
  });

  test('stop when they are told to while they start', async () => {
    const abort = new AbortController();
    const started = startServices({ dataDir, log: () => undefined, durable: false, signal: abort.signal });
    setTimeout(() => abort.abort(), 200);
    await expect(started).rejects.toThrow();
    expect(existsSync(join(dataDir, 'supervisor.json'))).toBe(false);
  });

  test.runIf(isRoot)('keep the database elsewhere when its user may not enter the folder', async () => {
    const hidden = join(dataDir, 'private', 'bough');
    mkdirSync(hidden, { recursive: true });
    chmodSync(join(dataDir, 'private'), 0o700);
    const { databaseUrl, stop } = await startServices({ dataDir: hidden, log: () => undefined, durable: false });
    const [row] = await query(databaseUrl, 'SHOW data_directory');
    const { data_directory: place } = row as { data_directory: string };
    await stop();
    expect(place).toMatch(/^\/var\/lib\/bough\/bough-[0-9a-f]{12}\/postgres$/);
    rmSync(join(place, '..'), { recursive: true });
  });
});
