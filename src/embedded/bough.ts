/** Runs the whole service on one machine: servers, tables, API and worker, and a key to use it with. Serves no requests itself. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../config/package.js';
import { createKey } from '../modules/keys/create-key.js';
import { KEY_SCOPES } from '../spec/enums.js';
import { createDataSource } from '../store/data-source.js';
import { migrate } from '../store/migrate.js';
import type { Child } from './child.js';
import { freePort } from './free-port.js';
import { secretsKey } from './secrets-key.js';
import { startServices, type Services, type ServicesOptions } from './services.js';
import { GiveUp, waitUntil } from './wait.js';

const readyLimitMs = 90_000;

export interface BoughOptions extends ServicesOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How many workers share the work. Default 1. */
  readonly workers?: number;
  /** How long API and worker may take to finish their work when they are stopped. */
  readonly shutdownTimeoutS: number;
  /** Of projects' secrets; absent: one that the data folder keeps. */
  readonly secretsKey?: string | undefined;
  /** Settings for API and worker, beyond the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Bough extends Services {
  readonly url: string;
  readonly apiKey: string;
  /** Whether the key has been created by this start. */
  readonly isNewKey: boolean;
  /** Resolves after `stop`; rejects, with the end of its log, when a process kept dying and all others have been stopped. */
  readonly ended: Promise<void>;
}

/**
 * Starts everything and returns when the API is ready.
 * @throws {Error} saying what did not start and why, after stopping what did.
 */
export async function startBough(options: BoughOptions): Promise<Bough> {
  const { host } = options;
  const port = options.port === 0 ? await freePort() : options.port;
  const services = await startServices(options);
  try {
    // Only now: an API that an earlier start had left has been stopped.
    await checkPort(host, port);
    await prepareDatabase(services.databaseUrl);
    const url = `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`;
    await startProcesses(services, options, port, url);
    const { apiKey, isNewKey } = await usableKey(services, url);
    return { ...services, url, apiKey, isNewKey, ended: services.supervisor.ended };
  } catch (error) {
    await services.stop();
    throw error;
  }
}

/** Says that the port is taken, before anything depends on it. */
async function checkPort(host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const remedy = cause.code === 'EADDRINUSE' ? 'another program uses it: set PORT to another one' : cause.message;
      reject(new Error(`Cannot listen on ${host}:${port}: ${remedy}`, { cause }));
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

async function prepareDatabase(databaseUrl: string): Promise<void> {
  try {
    await migrate(databaseUrl);
  } catch (cause) {
    const { host, pathname } = new URL(databaseUrl);
    throw new Error(`The database ${host}${pathname} cannot be used: ${(cause as Error).message}`, { cause });
  }
}

/** The workers first and the API after them, as they are stopped the other way round. */
async function startProcesses(services: Services, options: BoughOptions, port: number, url: string): Promise<void> {
  const { supervisor } = services;
  const { folder } = supervisor;
  const mark = `--data-dir=${folder.path}`;
  const start = (name: string, program: string) =>
    supervisor.spawn(
      {
        name,
        command: process.execPath,
        // The programs take no notice of the mark: it tells a later start whose processes these are.
        args: ['--enable-source-maps', join(PACKAGE_FOLDER, 'dist/src', program), mark],
        logFile: folder.log(name.toLowerCase().replace(' ', '-')),
        env: {
          ...options.env,
          HOST: options.host,
          PORT: String(port),
          DATABASE_URL: services.databaseUrl,
          REDIS_URL: services.redisUrl,
          BOUGH_DATA_DIR: folder.path,
          BOUGH_SECRETS_KEY: options.secretsKey ?? secretsKey(folder),
        },
        stopSignals: [['SIGTERM', (options.shutdownTimeoutS + 5) * 1000]],
      },
      mark,
    );
  const workers: Child[] = [];
  for (let number = 1; number <= (options.workers ?? 1); number++) {
    workers.push(await start(number === 1 ? 'worker' : `worker ${number}`, 'main.worker.js'));
  }
  const api = await start('API', 'main.js');
  await waitUntil(
    'the API to be ready',
    async () => {
      for (const child of [api, ...workers]) if (!child.isRunning) throw new GiveUp(child.deathNotice());
      const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(`GET /health/ready answers ${answer.status} ${await answer.text()}`);
      return true;
    },
    { limitMs: readyLimitMs, everyMs: 100 },
  );
  // Only now: one that cannot even get ready for the first time would not at the next.
  for (const child of [...workers, api]) supervisor.watch(child);
}

/** The key that an earlier start has kept, if this database still knows it, else a new one. */
async function usableKey(services: Services, url: string): Promise<{ apiKey: string; isNewKey: boolean }> {
  const file = services.supervisor.folder.apiKeyFile;
  if (existsSync(file)) {
    const apiKey = readFileSync(file, 'utf8').trim();
    const answer = await fetch(`${url}/v1/runs?limit=1`, { headers: { authorization: `Bearer ${apiKey}` } });
    if (answer.status !== 401) return { apiKey, isNewKey: false };
  }
  const dataSource = await createDataSource(services.databaseUrl).initialize();
  try {
    const { key } = await createKey(dataSource, { projectName: 'default', keyName: 'first key', scopes: KEY_SCOPES });
    writeFileSync(file, `${key}\n`, { mode: 0o600 });
    return { apiKey: key, isNewKey: true };
  } finally {
    await dataSource.destroy();
  }
}
