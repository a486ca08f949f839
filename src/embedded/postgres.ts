/** Runs a PostgreSQL server of our own on a free port of 127.0.0.1, with its files below the data folder. Creates no tables. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { childEnvironment } from '../config/process-environment.js';
import type { Child } from './child.js';
import { DataFolder, shortHash } from './data-folder.js';
import { freePort } from './free-port.js';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { killTitled, stopMarkedProcess, type StopOptions } from './process-table.js';
import type { Supervisor } from './supervisor.js';
import { postgresIdentity, type Identity } from './system-user.js';
import { GiveUp, waitUntil } from './wait.js';

const startLimitMs = 60_000;
const user = 'bough';
const database = 'bough';

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one, which recovers at the next start. */
const stopSignals: StopOptions['signals'] = [
  ['SIGINT', 30_000],
  ['SIGQUIT', 10_000],
];

/**
 * Starts the server, creating its cluster and the database `bough` where they are missing. Returns the database's URL.
 * @param durable false trades safety in a power cut for speed, for data that nobody will miss
 * @throws {Error} with the end of the server's log when it does not start.
 */
export async function startPostgres(supervisor: Supervisor, { durable }: { durable: boolean }): Promise<string> {
  const identity = postgresIdentity(supervisor.folder.pgData);
  const { root, pgData, copies } = supervisor.folder.reachableBy(identity);
  const binaries = postgresBinaries(identity, copies);
  await removeLeftover(pgData);
  const password = await createCluster(root, pgData, binaries, identity);
  const port = await serve(supervisor, { pgData, binaries, identity, durable, password });
  return databaseUrl(port, password, database);
}

/** The URL of the database that another process runs on the data folder; undefined when none does. */
export function runningDatabaseUrl(dataDir: string): string | undefined {
  if (!existsSync(dataDir)) return undefined;
  const folder = new DataFolder(dataDir);
  if (!existsSync(folder.stateFile)) return undefined;
  const { root, pgData } = folder.reachableBy(postgresIdentity(folder.pgData));
  const lock = join(pgData, 'postmaster.pid');
  if (!existsSync(lock)) return undefined;
  // Its lines: process, data folder, start time, port, …
  const port = Number(readFileSync(lock, 'utf8').split('\n')[3]);
  return port > 0 ? databaseUrl(port, readFileSync(passwordFileIn(root), 'utf8').trim(), database) : undefined;
}

const passwordFileIn = (root: string): string => join(root, 'postgres-password');

function databaseUrl(port: number, password: string, name: string): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
}

/** Stops the server that a killed supervisor has left, or removes the lock that a killed server has left. */
async function removeLeftover(pgData: string): Promise<void> {
  const lock = join(pgData, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (pid > 0) {
    await stopMarkedProcess(pid, pgData, {
      name: 'the PostgreSQL of an earlier start',
      signals: [...stopSignals, ['SIGKILL', 10_000]],
    });
  }
  killTitled(sessionTitle(pgData));
  rmSync(lock, { force: true });
}

const clusterName = (pgData: string): string => `bough-${shortHash(pgData)}`;

/**
 * How the command lines begin of the processes that serve connections. One that computes does not notice that the main process was killed, and the
 * next cannot start beside it.
 */
const sessionTitle = (pgData: string): string => `postgres: ${clusterName(pgData)}: `;

/** Creates the cluster in one step that a kill cannot leave half done. Returns the password. */
async function createCluster(
  root: string,
  pgData: string,
  { initdb }: PostgresBinaries,
  identity: Identity | undefined,
): Promise<string> {
  const passwordFile = passwordFileIn(root);
  if (existsSync(pgData)) {
    if (existsSync(passwordFile)) return readFileSync(passwordFile, 'utf8').trim();
    throw new Error(`${passwordFile} is missing: put it back, or delete ${pgData} to begin with an empty database`);
  }
  const unfinished = `${pgData}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const password = randomBytes(24).toString('hex');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (identity !== undefined) {
    chownSync(unfinished, identity.uid, identity.gid);
    chownSync(passwordFile, identity.uid, identity.gid);
  }
  const args = [
    `--pgdata=${unfinished}`,
    `--username=${user}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The server's own collation: the same order on every system, whatever locales are installed there.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    '--no-sync',
  ];
  try {
    await promisify(execFile)(initdb, args, {
      timeout: 120_000,
      cwd: '/',
      env: childEnvironment({ LC_ALL: 'C' }),
      ...identity,
    });
  } catch (cause) {
    throw new Error(`PostgreSQL's data folder ${pgData} cannot be created: ${(cause as Error).message}`, { cause });
  }
  renameSync(unfinished, pgData);
  return password;
}

interface ServeOptions {
  readonly pgData: string;
  readonly binaries: PostgresBinaries;
  readonly identity: Identity | undefined;
  readonly durable: boolean;
  readonly password: string;
}

async function serve(supervisor: Supervisor, options: ServeOptions): Promise<number> {
  const deadline = Date.now() + startLimitMs;
  for (;;) {
    const port = await freePort();
    const child = await supervisor.spawn(
      {
        name: 'PostgreSQL',
        command: options.binaries.postgres,
        args: serverArguments(options, port),
        cwd: '/',
        env: { LC_ALL: 'C' },
        identity: options.identity,
        logFile: supervisor.folder.log('postgres'),
        strayTitle: sessionTitle(options.pgData),
        stopSignals,
      },
      options.pgData,
    );
    try {
      await waitUntil('PostgreSQL to accept connections', () => accepts(child, port, options.password), {
        limitMs: startLimitMs,
      });
      supervisor.watch(child);
      return port;
    } catch (error) {
      await child.stop();
      if (!mayWorkNextTime(child) || Date.now() > deadline) throw error;
    }
  }
}

function serverArguments({ pgData, durable }: ServeOptions, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    cluster_name: clusterName(pgData),
    ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return ['-D', pgData, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Another program may take the port first, and the backends of a killed server take a moment to leave. */
function mayWorkNextTime(child: Child): boolean {
  return /Address already in use|pre-existing shared memory block/.test(child.tail());
}

async function accepts(child: Child, port: number, password: string): Promise<boolean> {
  if (!child.isRunning) throw new GiveUp(child.deathNotice());
  const client = new Client({
    connectionString: databaseUrl(port, password, 'postgres'),
    connectionTimeoutMillis: 5000,
  });
  // A server that is still recovering closes the connection in the middle.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
