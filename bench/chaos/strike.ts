/** Carries one fault out, and waits until the service has got over it. Chooses no faults. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { Bough } from '../../src/embedded/bough.js';
import { commandLine, sendSignal } from '../../src/embedded/process-table.js';
import { waitUntil } from '../../src/embedded/wait.js';
import type { Fault } from './plan.js';
import { targetsOf, type Target } from './processes.js';

const TARGET_LIMIT_MS = 90_000;
/** From a fault to the service as it was before, on a busy machine: with another fault while it recovers. */
const RECOVERY_LIMIT_MS = 120_000;

export interface Strike {
  readonly target: Target;
  /** Resolves, in words, when the service has got over it. @throws {WaitTimeoutError} when it does not in time */
  readonly aftermath: Promise<Aftermath>;
}

export interface Aftermath {
  readonly words: string;
  /** Milliseconds until another attempt had taken up what the target worked on; null: it worked on nothing. */
  readonly takenOverMs: number | null;
}

/** A job as somebody works on it. */
interface Held {
  readonly subject: string;
  readonly fence: number;
}

/** Waits until there is something to hit. */
export async function strike(service: Bough, fault: Fault): Promise<Strike> {
  let targets: Target[] = [];
  await waitUntil(`${fault.part} to hit`, () => (targets = targetsOf(service, fault.part)).length > 0, {
    limitMs: TARGET_LIMIT_MS,
  });
  const held = await heldBy(service, targets).catch(() => new Map<number, Held[]>());
  // Who lives after the question, which takes a moment.
  targets = targetsOf(service, fault.part);
  const target = targets[Math.floor(fault.choice * targets.length)];
  if (target === undefined) return strike(service, fault);
  const since = performance.now();
  sendSignal(target.pid, fault.signal);
  const jobs = held.get(target.workerPid ?? 0) ?? [];
  return { target, aftermath: recover(service, fault, target, jobs, since) };
}

async function recover(service: Bough, fault: Fault, target: Target, held: Held[], since: number): Promise<Aftermath> {
  const seconds = () => `${((performance.now() - since) / 1000).toFixed(1)} s`;
  if (fault.signal === 'SIGSTOP') {
    await sleep(fault.stopMs);
    const isThere = commandLine(target.pid) !== undefined;
    sendSignal(target.pid, 'SIGCONT');
    const words = isThere ? `continued after ${seconds()}` : `gone before it was continued`;
    // A trainer that stands still keeps its job: its worker renews the lease.
    if (fault.part === 'trainer') return { words, takenOverMs: null };
    return takenOver(service, held, since, words);
  }
  await waitUntil(`${target.name} (process ${target.pid}) to be gone`, () => commandLine(target.pid) === undefined, {
    limitMs: 10_000,
  });
  await waitUntil(`the service to get over the end of ${target.name}`, () => probes[fault.part](service, target), {
    limitMs: RECOVERY_LIMIT_MS,
  });
  return takenOver(service, held, since, `${fault.part === 'trainer' ? 'ended' : 'back'} after ${seconds()}`);
}

const probes: Readonly<Record<Fault['part'], (service: Bough, target: Target) => boolean | Promise<boolean>>> = {
  API: async ({ url }) => (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5000) })).ok,
  worker: async (service, { name }) => {
    const successor = targetsOf(service, 'worker').find((worker) => worker.name === name);
    return (await ask(service, 'SELECT 1 FROM workers WHERE pid = $1', [successor?.pid])).length > 0;
  },
  trainer: () => true,
  PostgreSQL: async (service) => (await ask(service, 'SELECT 1', [])).length > 0,
  connection: async (service) => (await ask(service, 'SELECT 1', [])).length > 0,
  Redis: async ({ redisUrl }) => {
    const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return (await redis.ping()) === 'PONG';
    } finally {
      redis.disconnect();
    }
  },
};

/** Waits until what was held is held under another fence, or by nobody. */
async function takenOver(service: Bough, held: readonly Held[], since: number, words: string): Promise<Aftermath> {
  for (const { subject, fence } of held) {
    await waitUntil(`another attempt at ${subject}, or its end`, async () => !(await isHeld(service, subject, fence)), {
      limitMs: RECOVERY_LIMIT_MS,
      everyMs: 250,
    });
  }
  if (held.length === 0) return { words, takenOverMs: null };
  const takenOverMs = performance.now() - since;
  const what = held.map(({ subject }) => `…${subject.slice(-4)}`).join(' and ');
  return { words: `${words}; ${what} taken over after ${(takenOverMs / 1000).toFixed(1)} s`, takenOverMs };
}

async function isHeld(service: Bough, subject: string, fence: number): Promise<boolean> {
  const still = `SELECT 1 FROM jobs WHERE kind = 'run.train' AND subject_id = $1 AND fence = $2 AND status = 'claimed'`;
  return (await ask(service, still, [subject, fence])).length > 0;
}

/** The runs that workers train, by the worker's process. */
async function heldBy(service: Bough, targets: readonly Target[]): Promise<Map<number, Held[]>> {
  const held = new Map<number, Held[]>();
  for (const { workerPid } of targets) {
    if (workerPid === undefined) continue;
    const rows = await ask(
      service,
      `SELECT j.subject_id AS subject, j.fence::int AS fence FROM jobs j JOIN workers w ON w.id = j.worker_id
       WHERE w.pid = $1 AND j.kind = 'run.train' AND j.status = 'claimed' AND j.lease_until > clock_timestamp()`,
      [workerPid],
    );
    held.set(workerPid, rows as unknown as Held[]);
  }
  return held;
}

/** On a connection of its own, which may be cut like every other. */
async function ask({ databaseUrl }: Bough, sql: string, values: unknown[]): Promise<object[]> {
  const client = new Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    application_name: 'chaos',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql, values)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}
