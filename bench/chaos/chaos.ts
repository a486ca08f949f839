/** Trains the same runs twice, undisturbed and while faults hit the service, and compares what both have left behind. */
import { mkdtemp, rm } from 'node:fs/promises';
import { chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unwrap, type Bough as Client, type RunSpec } from 'bough/client';
import type { Screen } from '../../cli/terminal/screen.js';
import { startBough, type Bough } from '../../src/embedded/bough.js';
import { boundedClient, FollowedRun } from './followed-run.js';
import type { Options } from './options.js';
import { planFaults } from './plan.js';
import { processesOf } from './processes.js';
import { differences, gaps, recordOf, type RunRecord } from './record.js';
import { bringInputs, specs } from './runs.js';
import { Storm } from './storm.js';

const WORKERS = 2;
const LEASE_S = 5;
const UNDISTURBED_LIMIT_MS = 600_000;
/** After the last fault, or while one round of runs is trained. */
const ROUND_LIMIT_MS = 1_200_000;

/** The rule of `npm start`, over a time in which about ten faults come. */
const restartLimits = (everyS: number) => ({ firstWaitMs: 1000, deaths: 5, withinMs: 12_000 * everyS });

const env = {
  BLOB_DIR: '',
  LOG_LEVEL: 'info',
  TRAINER_THREADS: '1',
  WORKER_LEASE_S: String(LEASE_S),
  // Faults are no fault of a run's.
  WORKER_MAX_ATTEMPTS: '1000',
};

/** @throws {Error} naming everything that was lost, doubled or changed */
export async function chaos(options: Options, screen: Screen, signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bough-chaos-'));
  // PostgreSQL runs as another user where this is root.
  chmodSync(folder, 0o755);
  const say = (line: string) => screen.say(line);
  const service = await startBough({
    dataDir: folder,
    host: '127.0.0.1',
    port: 0,
    workers: WORKERS,
    shutdownTimeoutS: 20,
    restartLimits: restartLimits(options.everyS),
    env,
    log: (line) => say(`            ${line}`),
    signal,
  }).catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true });
    throw error;
  });
  let problems: string[];
  try {
    const ended = service.ended.then(() => Promise.reject(new Error('The service was stopped')));
    problems = await Promise.race([disturb(service, options, say, signal), ended]);
  } catch (error) {
    problems = [(error as Error).message];
  } finally {
    await service.stop();
  }
  problems.push(...processesOf(service).map((one) => `left running: ${one}`));
  if (signal.aborted || problems.length === 0) await rm(folder, { recursive: true, force: true });
  if (problems.length === 0) return say('Nothing was lost, doubled or changed.');
  throw new Error(`${problems.join('\n')}\nThe logs are in ${service.supervisor.folder.logs}`);
}

async function disturb(
  service: Bough,
  options: Options,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<string[]> {
  const client = boundedClient(service.url, service.apiKey);
  const wanted = specs(await bringInputs(client), options);
  const existing = await runIds(client);
  say(`Training ${wanted.length} runs undisturbed (${wanted.map(({ method }) => method).join(', ')})`);
  const undisturbed = await train(client, wanted, signal, UNDISTURBED_LIMIT_MS);
  const problems = await problemsOf(undisturbed);
  const expected = await Promise.all(undisturbed.map(({ id }) => recordOf(client, id)));
  for (const [i, { steps, updates, checkpoints, trajectories, usage }] of expected.entries()) {
    say(
      `  ${wanted[i]?.method}: ${steps.length} steps, ${updates.length} updates, ${checkpoints.length} checkpoints, ${trajectories.length} trajectories; ${usage.join(', ')}`,
    );
    problems.push(
      ...gaps(
        'steps',
        steps.map((line) => Number(line.split(' ')[1])),
      ),
    );
  }
  if (problems.length > 0) return ['The undisturbed runs are not as they should be', ...problems];

  const faults = planFaults(options, LEASE_S);
  say(`Training them again, ${faults.length} faults of seed ${options.seed} meanwhile`);
  const storm = new Storm(service, faults, say, signal);
  const raging = storm.rage();
  raging.catch(() => undefined);
  const disturbed: FollowedRun[] = [];
  do {
    // Round after round until all faults have come.
    const round = await Promise.race([train(client, wanted, signal, ROUND_LIMIT_MS), storm.failed]);
    say(
      `            round of ${round.length} runs ended, taken up again ${round.map(({ recoveries }) => recoveries).join(', ')} times`,
    );
    disturbed.push(...round);
  } while (!storm.isOver);
  await Promise.race([storm.failed, raging]);

  problems.push(...(await problemsOf(disturbed)));
  for (const { id, spec } of disturbed) {
    const found = await recordOf(client, id);
    problems.push(...differences(expected[spec]!, found).map((one) => `${id} (${wanted[spec]?.method}): ${one}`));
  }
  const known = new Set([...existing, ...[...undisturbed, ...disturbed].map(({ id }) => id)]);
  for (const id of await runIds(client)) {
    if (!known.has(id)) problems.push(`${id} was created although nobody has asked for it`);
  }
  for (const line of ['', ...storm.summary(), '', ...tableOf(disturbed, wanted, expected)]) say(line);
  return problems;
}

/** What each of the runs had, and how often they were taken up again. */
function tableOf(runs: readonly FollowedRun[], wanted: readonly RunSpec[], expected: readonly RunRecord[]): string[] {
  const rows = wanted.map(({ method }, spec) => {
    const those = runs.filter((run) => run.spec === spec);
    const recoveries = those.reduce((sum, run) => sum + run.recoveries, 0);
    const { steps, updates, checkpoints, trajectories } = expected[spec]!;
    const cells = [those.length, recoveries, steps.length, updates.length, checkpoints.length, trajectories.length];
    const widths = [4, 14, 5, 7, 11, 12];
    return `  ${method.padEnd(7)}  ${cells.map((cell, i) => String(cell).padStart(widths[i]!)).join('  ')}`;
  });
  return ['  method   runs  taken up again  steps  updates  checkpoints  trajectories', ...rows];
}

async function runIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of client.list('/v1/runs', { query: { limit: 100 } })) ids.push(id);
  return ids;
}

async function train(
  client: Client,
  wanted: readonly RunSpec[],
  signal: AbortSignal,
  limitMs: number,
): Promise<FollowedRun[]> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const runs: FollowedRun[] = [];
  for (const [i, spec] of wanted.entries()) runs.push(await FollowedRun.create(client, spec, i, limit));
  try {
    await Promise.all(runs.map(({ ended }) => ended));
  } catch (error) {
    if (!limit.aborted || signal.aborted) throw error;
    const states = await Promise.all(
      runs.map(async ({ id }) => unwrap(await client.api.GET('/v1/runs/{id}', { params: { path: { id } } }))),
    );
    const how = states.map(({ id, status, progress }) => `${id} is ${status} at step ${progress.step}`);
    throw new Error(`Waited ${limitMs / 1000} s for the runs to end: ${how.join(', ')}`, { cause: error });
  }
  return runs;
}

async function problemsOf(runs: readonly FollowedRun[]): Promise<string[]> {
  const all = await Promise.all(runs.map(async (run) => (await run.problems()).map((one) => `${run.id}: ${one}`)));
  return all.flat();
}
