/**
 * `npm run hosts:check`: an API and two workers on hosts of their own that share no disk, with PostgreSQL, Redis and an S3 server elsewhere, as docs/operations.md deploys them.
 * Two runs are trained at once, one on each worker; then a worker's host is cut off in the middle of a run, which the other one has to take over. For root on Linux.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createBough, unwrap, type Bough } from '../../openapi/client.js';
import { startServices } from '../../src/embedded/services.js';
import { waitUntil } from '../../src/embedded/wait.js';
import { randomAgent } from '../support/random-agent.js';
import { S3Server } from '../support/s3-server.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { GATEWAY, Network, type Host } from './network.js';

const programs = join(import.meta.dirname, '../../dist/src');
const LIMIT_MS = 120_000;
/** What a run whose worker is gone may wait. */
const TAKEN_OVER_S = 30;

const say = (line: string) => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'bough-hosts-'));
chmodSync(folder, 0o755);
const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];

try {
  const network = Network.open();
  closing.push(() => network.close());
  const settings = await startServers();
  const [api, first, second] = ['api', 'worker-1', 'worker-2'].map((name) => network.addHost(name)) as [
    Host,
    Host,
    Host,
  ];
  const on = (host: Host) => ({ ...settings, BOUGH_DATA_DIR: join(folder, host.name), WORKER_NAME: host.name });
  await ended(api.start(join(programs, 'main.migrate.js'), on(api)), 'migrate');
  api.start(join(programs, 'main.js'), { ...on(api), HOST: '0.0.0.0', PORT: '3000' });
  for (const host of [first, second]) host.start(join(programs, 'main.worker.js'), on(host));
  const baseUrl = `http://${api.address}:3000`;
  await waitUntil('the API to be ready', async () => (await fetch(`${baseUrl}/health/ready`)).ok, {
    limitMs: LIMIT_MS,
  });
  const bough = createBough({ baseUrl, apiKey: await createKey(settings['DATABASE_URL'] ?? '') });
  await check(bough, [first, second]);
} finally {
  for (const close of closing.toReversed()) await close();
}
process.exit(0);

/** @returns the settings of everything that runs on the hosts */
async function startServers(): Promise<Record<string, string>> {
  const servers = await startServices({ dataDir: join(folder, 'servers'), log: say, durable: false });
  closing.push(() => servers.stop());
  const s3 = await S3Server.open('bough');
  closing.push(() => s3.stop());
  const urls = [servers.databaseUrl, servers.redisUrl, s3.endpoint];
  const [DATABASE_URL = '', REDIS_URL = '', S3_ENDPOINT = ''] = await Promise.all(
    urls.map(async (url) => {
      const proxy = await TcpProxy.before(url, 0, GATEWAY);
      closing.push(() => proxy.cut());
      return proxy.url;
    }),
  );
  const key = Buffer.alloc(32, 1).toString('base64');
  return {
    ...S3Server.env,
    DATABASE_URL,
    REDIS_URL,
    S3_ENDPOINT,
    BLOB_BUCKET: 's3://bough/blobs',
    BOUGH_SECRETS_KEY: key,
    LOG_LEVEL: 'error',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    TRAINER_THREADS: '1',
  };
}

async function check(bough: Bough, workers: readonly [Host, Host]): Promise<void> {
  const { dataset, model } = await randomAgent(bough);
  const post = async (): Promise<string> => {
    const run = await bough.api.POST('/v1/runs', {
      body: {
        method: 'grpo',
        model,
        dataset,
        reward: { type: 'length_penalty', max: 40 },
        rollout: { group_size: 4, max_response_tokens: 32 },
        training: { steps: 60, prompts_per_step: 2 },
        checkpoint: { every_steps: 5, keep: 2 },
      },
    });
    return unwrap(run).id;
  };
  const runs = [await post(), await post()];
  const workerOf = async (run: string) => {
    const { data } = unwrap(await bough.api.GET('/v1/workers'));
    return data.find(({ online, current_jobs: jobs }) => online && jobs.some(({ subject_id: id }) => id === run))?.name;
  };
  let held: (string | undefined)[] = [];
  const areApart = async () => {
    held = await Promise.all(runs.map(workerOf));
    return held.every((name) => name !== undefined) && held[0] !== held[1];
  };
  await waitUntil('both workers to have a run', areApart, { limitMs: LIMIT_MS, everyMs: 200 });
  say(`✓ the runs are trained by ${held.join(' and ')}`);

  const [victim = ''] = runs;
  const stepOf = async (run: string) =>
    unwrap(await bough.api.GET('/v1/runs/{id}', { params: { path: { id: run } } })).progress.step;
  await waitUntil('a checkpoint', async () => (await stepOf(victim)) > 6, { limitMs: LIMIT_MS, everyMs: 100 });
  const lost = workers.find(({ name }) => name === held[0]) ?? workers[0];
  lost.cutOff();
  const cutAt = Date.now();
  say(`  ${lost.name} is cut off after step ${await stepOf(victim)}`);
  const before = await stepOf(victim);
  // The other one finishes its own run, or is free.
  const isTaken = async () => {
    const { data } = unwrap(await bough.api.GET('/v1/workers'));
    return data.some(
      ({ name, current_jobs: jobs }) => name !== lost.name && jobs.some(({ subject_id: id }) => id === victim),
    );
  };
  await bough.waitForRun(runs[1] ?? '');
  const freeAt = Date.now();
  await waitUntil('the run to be taken over', isTaken, { limitMs: LIMIT_MS, everyMs: 200 });
  const tookS = (Date.now() - Math.max(cutAt, freeAt)) / 1000;
  if (tookS > TAKEN_OVER_S) throw new Error(`the run was taken over after ${tookS} s`);
  say(`✓ the other worker took it over ${tookS.toFixed(1)} s after the worker was lost and the other one was free`);
  lost.rejoin();
  for (const run of runs) {
    const { status, error, progress } = await bough.waitForRun(run);
    if (status !== 'succeeded' || progress.step !== 60) throw new Error(`${run} ${status}: ${error?.message}`);
  }
  say(`✓ both runs succeeded; the one that had come to step ${before} went on from its last checkpoint in the bucket`);
  const again = await post();
  await bough.waitForRun(again);
  const { data } = unwrap(await bough.api.GET('/v1/workers'));
  if (!data.some(({ name, online }) => name === lost.name && online)) throw new Error(`${lost.name} is not back`);
  say(`✓ ${lost.name} is back`);
}

/** By the command that is run where the database is reached. */
async function createKey(databaseUrl: string): Promise<string> {
  const env = { DATABASE_URL: databaseUrl };
  const { stdout } = await promisify(execFile)(process.execPath, [join(programs, 'main.create-key.js')], { env });
  return stdout.trim();
}

async function ended(child: ReturnType<Host['start']>, what: string): Promise<void> {
  const [code] = (await once(child, 'exit', { signal: AbortSignal.timeout(LIMIT_MS) })) as [number | null];
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
}
