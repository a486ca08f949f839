import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Checkpoint } from '../src/store/entities/checkpoint.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
import { Project } from '../src/store/entities/project.entity.js';
import { RunStep } from '../src/store/entities/run-step.entity.js';
import { RunEvent } from '../src/store/entities/run-event.entity.js';
import { Trajectory } from '../src/store/entities/trajectory.entity.js';
import { Worker } from '../src/store/entities/worker.entity.js';
import { claimJob } from '../src/store/jobs.js';
import { Fence, FenceLostError } from '../src/worker/claim/fence.js';
import { bundleWorkerProcess, removeBundle } from './support/trainer-bundle.js';
import { until, WorkerHarness } from './support/worker-harness.js';

let harness: WorkerHarness;
let workerScript: string;
const processes: ChildProcess[] = [];
beforeAll(async () => {
  [harness, workerScript] = await Promise.all([WorkerHarness.open(), bundleWorkerProcess()]);
});
afterEach(async () => {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await harness.stopWorkers();
});
afterAll(async () => {
  await harness.close();
  await removeBundle(workerScript);
});

function startProcess(settings: Record<string, string> = {}): ChildProcess {
  const env = { ...process.env, ...harness.env(settings), SCRIPTED_TRAINER: harness.trainerEntry };
  const child = spawn(process.execPath, [workerScript], { env, stdio: 'inherit' });
  processes.push(child);
  return child;
}

const options = (workerId: string, leaseS = 30) => ({
  lane: 'train' as const,
  workerId,
  leaseS,
  accelerators: ['auto', 'cpu'],
});

test('of many claims at the same time one gets the job', async () => {
  const run = await harness.addRun();
  const claims = await Promise.all(
    Array.from({ length: 12 }, (_, i) => claimJob(harness.dataSource.manager, options(`worker ${i}`))),
  );
  expect(claims.filter((claim) => claim?.subjectId === run.id)).toHaveLength(1);
  await harness.dataSource.manager.update(Job, { subjectId: run.id }, { status: 'done' });
});

test('a kind of job that this version does not know is left to one that does', async () => {
  const { id } = await harness.addRun();
  const { manager } = harness.dataSource;
  await manager.query(`UPDATE jobs SET kind = 'run.dream' WHERE subject_id = $1`, [id]);
  expect(await claimJob(harness.dataSource.manager, options('old'))).toBeNull();
  await manager.update(Job, { subjectId: id }, { status: 'done' });
});

test('a lease that has run out is taken over, and whoever held it writes nothing more', async () => {
  const run = await harness.addRun();
  const first = await claimJob(harness.dataSource.manager, options('first', 0.2));
  expect(await claimJob(harness.dataSource.manager, options('second'))).toBeNull();
  await until(
    'the lease to run out',
    async () => (await claimJob(harness.dataSource.manager, options('second'))) !== null,
  );
  const job = await harness.job(run.id);
  expect(job).toMatchObject({ workerId: 'second', fence: 2, attempts: 2 });
  if (!first) throw new Error('not claimed');
  const fence = new Fence(harness.dataSource, first, new AbortController().signal);
  const write = fence.transaction((manager) => manager.update(Job, job.id, { subjectId: 'overwritten' }));
  await expect(write).rejects.toThrow(FenceLostError);
  expect(await harness.job(run.id)).toMatchObject({ subjectId: run.id });
  await harness.dataSource.manager.update(Job, { subjectId: run.id }, { status: 'done' });
});

test('the project with less work in progress goes first', async () => {
  const { manager } = harness.dataSource;
  const runs = [await harness.addRun(), await harness.addRun(), await harness.addRun()];
  await manager.insert(Project, { id: 'another', name: 'another' });
  await manager.update(Job, { subjectId: runs[2]?.id ?? '' }, { projectId: 'another' });
  expect(await claimAll()).toEqual([runs[2]?.id, runs[0]?.id, runs[1]?.id]);
  await end(runs);
});

/** What workers claim one after the other until there is nothing left, each holding what it has. */
async function claimAll(): Promise<(string | undefined)[]> {
  const order = [];
  for (;;) {
    const job = await claimJob(harness.dataSource.manager, options(`worker ${order.length}`));
    if (!job) return order;
    order.push(job.subjectId);
  }
}

async function end(runs: readonly { id: string }[]): Promise<void> {
  for (const { id } of runs) await harness.dataSource.manager.update(Job, { subjectId: id }, { status: 'done' });
}

test('one worker serves projects in turn, however much each has queued, and what is urgent of each first', async () => {
  const { manager } = harness.dataSource;
  const many = [];
  for (const priority of [0, 0, 5, 0]) many.push(await harness.addRun({ priority }));
  const [few, urgent] = [await harness.addRun({ priority: -1 }), await harness.addRun({ priority: 1 })];
  await manager.insert(Project, { id: 'few', name: 'few' });
  for (const { id } of [few, urgent]) await manager.update(Job, { subjectId: id }, { projectId: 'few' });
  const order = [];
  for (let i = 0; i < 6; i++) {
    const job = await claimJob(manager, options('alone'));
    order.push(job?.subjectId);
    await manager.update(Job, { id: job?.id ?? '' }, { status: 'done' });
  }
  expect(order).toEqual([urgent.id, many[2]?.id, few.id, many[0]?.id, many[1]?.id, many[3]?.id]);
});

test('of a project as many runs are worked on as it may have, also when all workers claim at once', async () => {
  const { dataSource, projectId } = harness;
  await dataSource.manager.update(Project, projectId, { limits: { active_runs: 2 } });
  const runs = [];
  for (let i = 0; i < 5; i++) runs.push(await harness.addRun());
  const claims = await Promise.all(
    Array.from({ length: 8 }, (_, i) => dataSource.transaction((manager) => claimJob(manager, options(`worker ${i}`)))),
  );
  const held = claims.filter((job) => job !== null);
  expect(held).toHaveLength(2);
  await dataSource.manager.update(Job, { id: held[0]?.id ?? '' }, { status: 'done' });
  expect(await claimAll()).toHaveLength(1);
  await end(runs);
  await dataSource.manager.update(Project, projectId, { limits: {} });
});

test('a run whose project has sampled what it may goes back to the queue with a checkpoint, and on the next day on', async () => {
  const { dataSource, projectId } = harness;
  await dataSource.query('DELETE FROM project_usage');
  await dataSource.manager.update(Project, projectId, { limits: { sampled_tokens_per_day: 15 } });
  await harness.startWorker();
  const run = await harness.addRun({ training: { steps: 4 }, metadata: { slow_ms: '300' } });
  await until('the run to wait', async () => (await harness.job(run.id)).status === 'queued' && (await sampled()) > 0);
  expect(await harness.run(run.id)).toMatchObject({ status: 'recovering', progress: { step: 2 } });
  const waiting = await dataSource.manager.findOneByOrFail(RunEvent, { runId: run.id, type: 'run.waiting' });
  expect(waiting.message).toContain('the 15 tokens that it may in a day: the run goes on after midnight UTC');
  expect(await claimJob(dataSource.manager, options('another'))).toBeNull();
  expect(await dataSource.manager.countBy(Checkpoint, { runId: run.id, step: 2 })).toBe(1);

  await dataSource.query('UPDATE project_usage SET day = day - 1');
  await harness.untilRun(run.id, 'succeeded', 'failed');
  expect(await harness.run(run.id)).toMatchObject({ status: 'succeeded', usage: { sampled_tokens: 40 } });
  // Of each day what was done on it, and of no step twice.
  expect(await dataSource.query('SELECT sampled_tokens::int, tool_calls::int FROM project_usage ORDER BY day')).toEqual(
    [
      { sampled_tokens: 20, tool_calls: 2 },
      { sampled_tokens: 20, tool_calls: 2 },
    ],
  );
  await dataSource.manager.update(Project, projectId, { limits: {} });
});

async function sampled(): Promise<number> {
  const [row] = await harness.dataSource.query<{ sum: string | null }[]>(
    'SELECT sum(sampled_tokens) FROM project_usage',
  );
  return Number(row?.sum);
}

test('two workers share the work, and each run is worked on once', async () => {
  await Promise.all([harness.startWorker(), harness.startWorker()]);
  expect(await harness.dataSource.manager.count(Worker)).toBe(2);
  const runs = await Promise.all(Array.from({ length: 6 }, () => harness.addRun({ training: { steps: 2 } })));
  for (const { id } of runs) {
    await harness.untilRun(id, 'succeeded', 'failed');
    expect(await harness.story(id)).toEqual(['started', 'step 1', 'step 2', 'checkpoint 2', 'succeeded']);
    expect(await harness.job(id)).toMatchObject({ status: 'done', fence: 1 });
  }
  await harness.stopWorkers();
  expect(await harness.dataSource.manager.count(Worker)).toBe(0);
});

test('a job is found though Redis was emptied, and its ticket is issued again', async () => {
  const run = await harness.addRun({ training: { steps: 1 } });
  const redis = new Redis(harness.services.redisUrl);
  await redis.flushdb();
  await harness.startWorker();
  await harness.untilRun(run.id, 'succeeded');
  const slow = await harness.addRun({ training: { steps: 2 }, metadata: { slow_ms: '500' } });
  const waiting = await harness.addRun({ training: { steps: 1 } });
  await redis.flushdb();
  await harness.startWorker();
  await harness.untilRun(slow.id, 'succeeded');
  await harness.untilRun(waiting.id, 'succeeded');
  await until('no ticket to be left', async () => (await redis.keys('bull:*:job_*')).length === 0);
  redis.disconnect();
});

test('when a worker is killed, another takes its run over from the last checkpoint, and its trainer does not live on', async () => {
  const doomed = startProcess();
  const run = await harness.addRun({ metadata: { slow_ms: '300' } });
  await until('step 3', async () => (await harness.run(run.id)).progress.step === 3);
  const [trainer] = await childrenOf(doomed.pid ?? 0);
  doomed.kill('SIGKILL');
  await once(doomed, 'exit');
  const scratch = join(harness.services.dataDir, 'scratch');
  const { id: dead } = await harness.dataSource.manager.findOneByOrFail(Worker, { pid: doomed.pid! });
  expect(await readdir(scratch)).toContain(dead);
  await harness.startWorker();
  expect(await readdir(scratch)).not.toContain(dead);
  const done = await harness.untilRun(run.id, 'succeeded', 'failed');
  expect(done).toMatchObject({ status: 'succeeded', usage: { sampled_tokens: 60, tool_calls: 6 } });
  const story = await harness.story(run.id);
  const turns = story.filter((event) => !event.startsWith('step') && !event.startsWith('checkpoint'));
  expect(turns).toEqual(['started', 'recovering', 'resumed', 'succeeded']);
  const { manager } = harness.dataSource;
  expect(await manager.countBy(RunStep, { runId: run.id })).toBe(6);
  expect(await manager.countBy(Trajectory, { runId: run.id })).toBe(12);
  expect(trainer === undefined || isAlive(trainer)).toBe(false);
});

test('a worker that is told to stop gives its run back after the step under way, without counting the attempt, and another machine is noted', async () => {
  const leaving = startProcess({ SHUTDOWN_TIMEOUT_S: '30' });
  const run = await harness.addRun({ metadata: { slow_ms: '300' } });
  await until('step 3', async () => (await harness.run(run.id)).progress.step === 3);
  leaving.kill('SIGTERM');
  const [code] = (await once(leaving, 'exit')) as [number | null];
  expect(code).toBe(0);
  expect(await harness.job(run.id)).toMatchObject({ status: 'queued', workerId: null, attempts: 0 });
  expect(await harness.run(run.id)).toMatchObject({ status: 'recovering', manifest: { threads: '1' } });
  const { step } = (await harness.run(run.id)).progress;
  expect(await harness.dataSource.manager.countBy(Checkpoint, { runId: run.id, step })).toBe(1);
  await harness.startWorker({ TRAINER_THREADS: '2' });
  expect(await harness.untilRun(run.id, 'succeeded')).toMatchObject({ manifest: { threads: '2' } });
  const warning = { runId: run.id, type: 'run.log' as const, level: 'warn' as const };
  expect(await harness.dataSource.manager.findOneBy(RunEvent, warning)).toMatchObject({
    message: expect.stringContaining('threads was 1 and is 2'),
  });
  const steps = (await harness.story(run.id)).filter((event) => event.startsWith('step '));
  expect(steps).toEqual(['step 1', 'step 2', 'step 3', 'step 4', 'step 5', 'step 6']);
});

test('a worker that was away for longer than its lease writes nothing, and its trainer is killed', async () => {
  const paused = startProcess();
  const run = await harness.addRun({ metadata: { slow_ms: '500' } });
  await until('step 1', async () => (await harness.run(run.id)).progress.step === 1);
  const [trainer] = await childrenOf(paused.pid ?? 0);
  paused.kill('SIGSTOP');
  const expired = () =>
    harness.dataSource.query<unknown[]>(`SELECT FROM jobs WHERE subject_id = $1 AND lease_until < clock_timestamp()`, [
      run.id,
    ]);
  await until('the lease to run out', async () => (await expired()).length === 1);
  await harness.startWorker();
  await until('the run to be taken over', async () => (await harness.job(run.id)).fence === 2);
  paused.kill('SIGCONT');
  await until('the old trainer to be gone', () => Promise.resolve(trainer !== undefined && !isAlive(trainer)));
  await harness.untilRun(run.id, 'succeeded');
  const steps = await harness.dataSource.manager.findBy(RunStep, { runId: run.id });
  expect(new Set(steps.map(({ attempt }) => attempt))).toEqual(new Set([2]));
  expect(await harness.job(run.id)).toMatchObject({ status: 'done', fence: 2 });
});

test('a worker that stands still in the middle of a transaction is taken over like any other', async () => {
  const { dataSource } = harness;
  const still = startProcess();
  const run = await harness.addRun({ metadata: { slow_ms: '300' } });
  await until('step 1', async () => (await harness.run(run.id)).progress.step === 1);
  const sessions = (how: string) =>
    dataSource.query<unknown[]>(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND ${how}`);
  await dataSource.transaction(async (manager) => {
    await manager.query('SELECT FROM runs WHERE id = $1 FOR UPDATE', [run.id]);
    // What it stores next waits for this row, and holds that of its job.
    await until('the worker to wait', async () => (await sessions(`wait_event_type = 'Lock'`)).length > 0);
    still.kill('SIGSTOP');
  });
  await until('its transaction to stand still', async () => (await sessions(`state ~ '^idle in tran'`)).length > 0);
  await harness.startWorker();
  await until('the run to be taken over', async () => (await harness.job(run.id)).fence === 2);
  await harness.untilRun(run.id, 'succeeded');
});

async function childrenOf(pid: number): Promise<number[]> {
  const ps = spawn('ps', ['-o', 'pid=', '--ppid', String(pid)]);
  const output = Buffer.concat(await ps.stdout.toArray()).toString();
  return output.split('\n').filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
