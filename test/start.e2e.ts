/** `npm start` as a user meets it, from an empty folder to Ctrl-C. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runningDatabaseUrl } from '../src/embedded/postgres.js';
import { commandLine } from '../src/embedded/process-table.js';
import { waitUntil } from '../src/embedded/wait.js';
import { createDataSource } from '../src/store/data-source.js';
import { Project } from '../src/store/entities/project.entity.js';
import { appendEvent } from '../src/store/events.js';
import { ApiRows } from './support/api-rows.js';

const program = join(import.meta.dirname, '../dist/src/main.start.js');
/** What npm itself runs, which then runs the program. */
const script = join(import.meta.dirname, '../scripts/start.mjs');

/** The command, its words so far, and how it ends. */
interface Start {
  readonly process: ChildProcess;
  readonly words: () => string;
  readonly exit: Promise<number | NodeJS.Signals | null>;
}

let dataDir: string;
let started: Start[];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'bough-start-'));
  chmodSync(dataDir, 0o755);
  started = [];
});

afterEach(async () => {
  for (const { process: running, exit } of started) {
    running.kill('SIGTERM');
    await exit;
  }
  rmSync(dataDir, { recursive: true });
});

function start(env: Record<string, string> = {}, file = program): Start {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env;
  const child = spawn(process.execPath, [file], {
    env: { ...inherited, PORT: '0', BOUGH_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let words = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const exit = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | NodeJS.Signals | null);
  const result = { process: child, words: () => words, exit };
  started.push(result);
  return result;
}

/** The URL that it tells when it is ready. */
async function ready({ process: running, words }: Start): Promise<string> {
  await waitUntil('npm start to be ready', () => words().includes('Ctrl-C stops') || running.exitCode !== null, {
    limitMs: 110_000,
  });
  const [, url] = /Bough is ready at (\S+)/.exec(words()) ?? [];
  if (url === undefined) throw new Error(`It did not start:\n${words()}`);
  return url;
}

function children(): { name: string; pid: number }[] {
  const state = JSON.parse(readFileSync(join(dataDir, 'supervisor.json'), 'utf8')) as {
    children: { name: string; pid: number }[];
  };
  return state.children;
}

/** Every process that belongs to the folder: by its command line or, like PostgreSQL's own children, by where it works. */
function processesOf(folder: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .filter((pid) => commandLine(Number(pid))?.includes(folder) || placeOf(pid).startsWith(folder))
    .map((pid) => `${pid} ${commandLine(Number(pid))}`);
}

function placeOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

/** A run of the first key's project with more events than the buffers between the server and a client take. */
async function talkativeRun(): Promise<string> {
  const dataSource = await createDataSource(runningDatabaseUrl(dataDir) ?? '').initialize();
  try {
    const { id: projectId } = await dataSource.manager.findOneByOrFail(Project, { name: 'default' });
    const run = await new ApiRows(dataSource, projectId).run('running');
    await dataSource.transaction(async (manager) => {
      for (let i = 0; i < 200; i++) {
        await appendEvent(manager, run.id, { level: 'info', type: 'run.log', message: 'x'.repeat(100_000) });
      }
    });
    return run.id;
  } finally {
    await dataSource.destroy();
  }
}

/** Sends this and no more, and reads nothing. */
async function sendAndHang(url: string, lines: string[]): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write(lines.join('\r\n'));
  return socket;
}

/** `npm run create-key` for another project, without a word of where the database is. */
function createKey(...more: string[]) {
  const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env;
  return spawnSync(process.execPath, [join(program, '../main.create-key.js'), 'other-team', ...more], {
    env: { ...inherited, BOUGH_DATA_DIR: dataDir },
    encoding: 'utf8',
  });
}

const pidOf = (name: string) => children().find((child) => child.name === name)?.pid ?? 0;

const status = async (url: string, key: string) =>
  (await fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status;

describe('npm start', () => {
  test('runs everything from an empty folder, keeps its key, and stops on Ctrl-C with nothing left', async () => {
    const first = start();
    const url = await ready(first);
    const [, key = ''] = /API key: (bgh_\S+)/.exec(first.words()) ?? [];
    expect(readFileSync(join(dataDir, 'api-key'), 'utf8')).toBe(`${key}\n`);
    expect(statSync(join(dataDir, 'api-key')).mode & 0o777).toBe(0o600);
    expect(await status(url, key)).toBe(200);
    expect(await status(url, `${key}x`)).toBe(401);
    const other = createKey();
    expect([other.status, other.stderr]).toEqual([0, '']);
    expect(await status(url, other.stdout.trim())).toBe(200);
    expect(await status(url, createKey('writer', 'write').stdout.trim())).toBe(403);
    const nonsense = createKey('nonsense', 'write,none');
    expect([nonsense.status, nonsense.stdout]).toEqual([2, '']);
    expect(nonsense.stderr).toContain('There are no scopes write,none: give some of read,write,admin,operator');
    const running = children();
    expect(running.map(({ name }) => name)).toEqual(['PostgreSQL', 'Redis', 'worker', 'API']);

    first.process.kill('SIGINT');
    expect(await first.exit).toBe(0);
    expect(first.words()).toMatch(/SIGINT: stopping \(again to kill\) …\nStopped\.\n$/);
    expect(running.map(({ pid }) => commandLine(pid))).toEqual([undefined, undefined, undefined, undefined]);
    expect(existsSync(join(dataDir, 'supervisor.json'))).toBe(false);

    expect(createKey().stderr).toContain('DATABASE_URL is missing: give DATABASE_URL, or run `npm start` first');

    const second = start();
    const again = await ready(second);
    expect(second.words()).not.toContain(key);
    expect(await status(again, key)).toBe(200);
  });

  test.runIf(process.platform === 'linux').each(['SIGINT', 'SIGTERM'] as const)(
    'stops in time on %s while an upload hangs half-way and a client does not read its events, with nothing left',
    async (signal) => {
      const running = start({ SHUTDOWN_TIMEOUT_S: '3' }, script);
      const url = await ready(running);
      const authorization = `Authorization: Bearer ${readFileSync(join(dataDir, 'api-key'), 'utf8').trim()}`;
      const events = `GET /v1/runs/${await talkativeRun()}/events HTTP/1.1`;
      const head = ['Host: localhost', authorization];
      const hanging = [
        await sendAndHang(url, [events, ...head, 'Accept: text/event-stream', '', '']),
        await sendAndHang(url, [
          'POST /v1/datasets?kind=rl HTTP/1.1',
          ...head,
          'Content-Type: application/x-ndjson',
          'Content-Length: 1000000',
          '',
          '{"question": "half',
        ]),
      ];
      try {
        await waitUntil('the upload to be under way', () => readdirSync(join(dataDir, 'blobs/staging')).length === 1, {
          limitMs: 10_000,
        });
        await sleep(500);
        expect(processesOf(dataDir).length).toBeGreaterThan(5);
        const told = Date.now();
        running.process.kill(signal);
        expect(await running.exit).toBe(0);
        expect(Date.now() - told).toBeLessThan(12_000);
        expect(running.words()).toMatch(new RegExp(`${signal}: stopping .*\nStopped\\.\n$`));
        expect(processesOf(dataDir)).toEqual([]);
        expect(existsSync(join(dataDir, 'supervisor.json'))).toBe(false);
      } finally {
        for (const socket of hanging) socket.destroy();
      }
    },
  );

  test('gives up, with its last words, when the API cannot come back', async () => {
    const running = start();
    const { port } = new URL(await ready(running));
    const squatter = createServer();
    // On a busy machine the API may be back before its port is taken.
    for (let isTaken = false; !isTaken;) {
      const api = pidOf('API');
      process.kill(api, 'SIGKILL');
      await waitUntil('the API to be gone', () => commandLine(api) === undefined, { limitMs: 10_000 });
      squatter.listen(Number(port), '127.0.0.1');
      isTaken = await once(squatter, 'listening').then(
        () => true,
        () => false,
      );
      if (!isTaken) await ready(running);
    }
    try {
      expect(await running.exit).toBe(1);
      expect(running.words()).toContain('API exited with code 1: starting it again in 8 s\n');
      expect(running.words()).toMatch(
        /API has died 5 times .*: stopping everything\nAPI exited with code 1\. The end of/,
      );
      expect(running.words()).toContain('EADDRINUSE');
      expect(existsSync(join(dataDir, 'supervisor.json'))).toBe(false);
    } finally {
      squatter.close();
    }
  }, 240_000);

  test('names a port that is taken and every setting that is wrong', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const taken = start({ PORT: String(port) });
    expect(await taken.exit).toBe(1);
    expect(taken.words()).toContain(
      `Cannot listen on 127.0.0.1:${port}: another program uses it: set PORT to another one`,
    );
    server.close();

    const wrong = start({ PORT: 'http', LOG_LEVEL: 'loud' });
    expect(await wrong.exit).toBe(1);
    expect(wrong.words()).toMatch(/^Invalid environment: PORT, LOG_LEVEL\n/);
  });
});
