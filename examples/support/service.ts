/** An example's own service, apart from any other on this machine: its own data folder, servers and ports. Not a client of it. */
import { createBough } from 'bough/client';
import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { startBough, type Bough } from '../../src/embedded/bough.js';
import { FolderInUseError } from '../../src/embedded/supervisor-state.js';
import type { Client } from './client.js';
import type { Screen } from '../../cli/terminal/screen.js';

/** A setting that would lead it to data of another service; empty, it counts as absent. */
const apart = { BLOB_DIR: '' };

const shutdownTimeoutS = 20;

export interface ExampleService {
  /** The example's name: its data are below `.bough/<name>`. */
  readonly name: string;
  /** Another data folder. */
  readonly dataDir?: string;
  /** Settings of API and worker beyond the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What is done with the service. */
export interface Work<Outcome> {
  /** Fails when the service ends before it. */
  readonly play: (client: Client, service: Bough) => Promise<Outcome>;
  /** May wait for the service's end. */
  readonly conclude: (outcome: Outcome, client: Client, service: Bough) => Promise<void>;
}

/**
 * Starts PostgreSQL, Redis, API and worker, works with them, and stops them whatever comes of it.
 * @throws {Error} saying what did not start or what failed, and where the worker's log is
 */
export async function withService<Outcome>(
  example: ExampleService,
  screen: Screen,
  signal: AbortSignal,
  { play, conclude }: Work<Outcome>,
): Promise<void> {
  const service = await startService(example, screen, signal);
  const ended = new AbortController();
  try {
    const bough = createBough({ baseUrl: service.url, apiKey: service.apiKey });
    const client = { bough, screen, signal: AbortSignal.any([signal, ended.signal]) };
    // Each request listens, until it is collected as garbage.
    setMaxListeners(0, client.signal);
    // The key is that of a service of this machine's own; the page takes it out of the address.
    screen.say(`Watch it in a browser: ${service.url}/#key=${service.apiKey}`);
    const outcome = await Promise.race([
      play(client, service),
      service.ended.then(() => Promise.reject(new Error('The service was stopped'))),
    ]);
    await conclude(outcome, client, service);
  } catch (error) {
    const log = service.supervisor.folder.log('worker');
    throw new Error(`${(error as Error).message}\nThe worker's log is ${log}`, { cause: error });
  } finally {
    ended.abort();
    await service.stop();
  }
}

async function startService(example: ExampleService, screen: Screen, signal: AbortSignal): Promise<Bough> {
  const { name, dataDir = resolve('.bough', name), env = {} } = example;
  screen.say('Starting PostgreSQL, Redis, the API and a worker');
  try {
    return await startBough({
      dataDir,
      host: '127.0.0.1',
      port: 0,
      shutdownTimeoutS,
      // What is lost in a power cut is made again.
      durable: false,
      env: { ...apart, ...env, SHUTDOWN_TIMEOUT_S: String(shutdownTimeoutS) },
      log: (line) => screen.say(`  ${line}`),
      signal,
    });
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    throw new Error(`Another ${name} is running on ${dataDir}: stop it first`, { cause: error });
  }
}
