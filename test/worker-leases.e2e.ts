import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Checkpoint } from '../src/store/entities/checkpoint.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
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

const options = (workerId: string, leaseS = 30) => ({ lane: 'train' as const, workerId, leaseS, accelerator: 'cpu' });

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
  await manager.update(Job, { subjectId: runs[2]?.id ?? '' }, { projectId: 'another' });
  const order = [];
  for (const worker of ['a', 'b', 'c'])
    order.push((await claimJob(harness.dataSource.manager, options(worker)))?.subjectId);
  expect(order).toEqual([runs[0]?.id, runs[2]?.id, runs[1]?.id]);
  for (const { id } of runs) await manager.update(Job, { subjectId: id }, { status: 'done' });
});

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
  await harness.startWorker();
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
