/** The quickstart's own service, apart from any other on this machine: its own data folder, servers and ports. Not a client of it. */
import { resolve } from 'node:path';
import { startBough, type Bough } from '../../src/embedded/bough.js';
import { FolderInUseError } from '../../src/embedded/supervisor-state.js';
import type { Screen } from './screen.js';

/** A setting that would lead it to data of another service; empty, it counts as absent. */
const apart = { BLOB_DIR: '' };

const shutdownTimeoutS = 20;

/** Starts PostgreSQL, Redis, API and worker, with their data below `.bough/quickstart`. @throws {Error} saying what did not start */
export async function startService(screen: Screen, signal: AbortSignal): Promise<Bough> {
  const dataDir = resolve('.bough/quickstart');
  screen.say('Starting PostgreSQL, Redis, the API and a worker');
  try {
    return await startBough({
      dataDir,
      host: '127.0.0.1',
      port: 0,
      shutdownTimeoutS,
      // What is lost in a power cut is made again.
      durable: false,
      env: { ...apart, SHUTDOWN_TIMEOUT_S: String(shutdownTimeoutS) },
      log: (line) => screen.say(`  ${line}`),
      signal,
    });
  } catch (error) {
    if (!(error instanceof FolderInUseError)) throw error;
    throw new Error(`Another quickstart is running on ${dataDir}: stop it first`, { cause: error });
  }
}
