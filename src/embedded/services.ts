/**
 * Starts the PostgreSQL and the Redis that the caller has not got. Runs neither API nor worker. A server that dies is
 * started again at the same URL: PostgreSQL recovers from its log, Redis comes back empty and is filled from the tables.
 */
import type { RestartLimits } from './back-off.js';
import { DataFolder } from './data-folder.js';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';
import { Supervisor } from './supervisor.js';

export interface ServicesOptions {
  /** Everything is kept below this folder, which one supervisor holds at a time. */
  readonly dataDir: string;
  /** Told of what takes a while, and of a process that dies. */
  readonly log: (line: string) => void;
  /** A PostgreSQL or Redis to use instead of starting one. */
  readonly databaseUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  /** False for data that nobody will miss, such as that of tests: faster, but lost in a power cut. Default true. */
  readonly durable?: boolean;
  /** When a process that keeps dying is given up. Default: the fifth death within ten minutes. */
  readonly restartLimits?: RestartLimits;
  /** Stops everything when it aborts, during the start too. */
  readonly signal?: AbortSignal;
}

export interface Services {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** What runs them, to which more processes can be added. */
  readonly supervisor: Supervisor;
  /** Stops Redis, then PostgreSQL. May be called more than once. */
  readonly stop: () => Promise<void>;
}

/** @throws {Error} saying what did not start and why, after stopping what did. */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const supervisor = await Supervisor.hold(new DataFolder(options.dataDir), options.log, options.restartLimits);
  const stop = () => supervisor.stop();
  const stopOnAbort = () => {
    stop().catch((problem: unknown) => options.log(String(problem)));
  };
  options.signal?.addEventListener('abort', stopOnAbort, { once: true });
  try {
    const databaseUrl = options.databaseUrl ?? (await startPostgres(supervisor, { durable: options.durable ?? true }));
    const redisUrl = options.redisUrl ?? (await startRedis(supervisor));
    return { databaseUrl, redisUrl, supervisor, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
