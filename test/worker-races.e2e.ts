/** What only happens when two things happen at once, or when PostgreSQL falls silent: made to happen, one by one. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { IsNull, type EntityManager } from 'typeorm';
import { createDataSource } from '../src/store/data-source.js';
import { Checkpoint } from '../src/store/entities/checkpoint.entity.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { Job, type JobLane } from '../src/store/entities/job.entity.js';
import { RunEvent } from '../src/store/entities/run-event.entity.js';
import { RunStep } from '../src/store/entities/run-step.entity.js';
import { appendEvent } from '../src/store/events.js';
import { referenceProblems } from '../src/store/references.js';
import { Fence } from '../src/worker/claim/fence.js';
import { Lease } from '../src/worker/claim/lease.js';
import { isTransient } from '../src/store/transient.js';
import { claimJob, type ClaimedJob } from '../src/store/jobs.js';
import { EvaluationHandler } from '../src/worker/evaluation/evaluation-handler.js';
import { ToolSet } from '../src/worker/inputs/tool-set.js';
import { Scorer } from '../src/worker/inputs/scorer.js';
import { createReward } from '../src/rewards/create-reward.js';
import type { JobProcessor } from '../src/worker/jobs/job-processor.js';
import { JobRunner } from '../src/worker/jobs/job-runner.js';
import { recordCheckpoint } from '../src/worker/recorder/record-checkpoint.js';
import { runClaimed } from '../src/worker/run/run-status.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { until, WorkerHarness } from './support/worker-harness.js';

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
});
afterEach(() => harness.dataSource.manager.update(Job, { status: 'claimed' }, { status: 'done' }));
afterAll(() => harness.close());

async function claim(lane: JobLane = 'train', leaseS = 60): Promise<ClaimedJob> {
  const options = { lane, workerId: 'test', leaseS, accelerators: ['auto', 'cpu'] };
  const job = await claimJob(harness.dataSource.manager, options);
  if (!job) throw new Error('not claimed');
  return job;
}

/** Does something while another transaction holds what it has locked. */
async function whileHeld(lock: (manager: EntityManager) => Promise<unknown>, work: () => Promise<void>): Promise<void> {
  await harness.dataSource.transaction(async (manager) => {
    await lock(manager);
    await work();
  });
}

/** Has the run keep one checkpoint beside the best. */
function recordOf(id: string): (step: number, metrics?: object, best?: number | null) => Promise<boolean> {
  const { dataSource, projectId, blobs } = harness;
  const run = { id, projectId, attempt: 1 };
  return (step, metrics = {}, best_step = null) => {
    const what = { step, kind: 'training', directory: '', final: false, metrics: { ...metrics }, best_step } as const;
    return dataSource.transaction((manager) =>
      recordCheckpoint(manager, run, { type: 'checkpoint', ...what }, { files: [], blobs, keep: 1 }),
    );
  };
}

async function stepsKept(runId: string): Promise<number[]> {
  const rows = await harness.dataSource.manager.find(Checkpoint, {
    where: { runId, deletedAt: IsNull() },
    order: { step: 'ASC' },
  });
  return rows.map(({ step }) => step);
}

test('the best checkpoint stays whatever comes after it, until another is better', async () => {
  const sets = [{ name: 'hard', dataset: 'ds_1' }];
  const { id } = await harness.addRun({ evaluation: { sets, best: { metric: 'exact_match' } } });
  const record = recordOf(id);
  const metric = 'eval/hard/exact_match';
  const best = async () => (await harness.run(id)).bestCheckpoint;
  await record(1, {}, null);
  expect(await best()).toBeNull();
  await record(2, { [metric]: 0.5 }, 2);
  await record(4, { [metric]: 0.25 }, 2);
  await record(5, {}, 2);
  expect(await stepsKept(id)).toEqual([2, 5]);
  expect(await best()).toMatchObject({ step: 2, metric, value: 0.5 });
  await record(6, { [metric]: 0.75 }, 6);
  expect(await stepsKept(id)).toEqual([6]);
  expect(await best()).toMatchObject({ step: 6, value: 0.75 });
  await harness.dataSource.manager.update(Job, { subjectId: id }, { status: 'done' });
});

test('a checkpoint that somebody is about to use is not pruned, and goes later when nobody does', async () => {
  const { dataSource, projectId } = harness;
  const { id } = await harness.addRun();
  const record = recordOf(id);
  await record(1);
  const { id: first } = await dataSource.manager.findOneByOrFail(Checkpoint, { runId: id });
  const refer = (manager: EntityManager) =>
    referenceProblems(manager, projectId, [{ path: 'model', id: first, to: 'model' }]);
  await whileHeld(refer, () => record(2).then(() => undefined));
  expect(await stepsKept(id)).toEqual([1, 2]);
  await record(3);
  expect(await stepsKept(id)).toEqual([3]);
  expect(await dataSource.transaction(refer)).toHaveLength(1);
  await dataSource.manager.update(Job, { subjectId: id }, { status: 'done' });
});

test('a job that was being claimed while the worker was told to stop is given back untouched', async () => {
  const { id } = await harness.addRun();
  const job = await claim();
  const processor: JobProcessor = {
    claimed: () => Promise.resolve(),
    work: () => Promise.reject(new Error('it has begun')),
    settle: () => Promise.resolve(),
    released: () => Promise.resolve(),
  };
  const processors = {
    'run.train': processor,
    'run.preview': processor,
    'evaluation.run': processor,
    'run.rescore': processor,
    'model.create': processor,
    'model.import': processor,
    'model.export': processor,
    'model.serve': processor,
    'dataset.import': processor,
  };
  const options = { workerId: 'wrk_1', leaseS: 60, maxAttempts: 3, scratchRoot: harness.services.dataDir, drainS: 0 };
  const runner = new JobRunner(harness.dataSource, processors, options);
  runner.stopAll('the worker is shutting down');
  await runner.run(job);
  expect(await harness.job(id)).toMatchObject({ status: 'queued', workerId: null, attempts: 0 });
  await harness.dataSource.manager.update(Job, { subjectId: id }, { status: 'done' });
});

test('a run that is claimed to be cancelled keeps its steps, another one those up to its checkpoint', async () => {
  const { manager } = harness.dataSource;
  const { id: runId } = await harness.addRun();
  const job = await claim();
  await manager.insert(RunStep, { runId, step: 1, attempt: 1, metrics: {} });
  await runClaimed(manager, { ...job, cancelRequested: true });
  expect(await manager.countBy(RunStep, { runId })).toBe(1);
  await runClaimed(manager, job);
  expect(await manager.countBy(RunStep, { runId })).toBe(0);
});

test('the usage of an evaluation is counted once though its transactions are run twice', async () => {
  const { dataSource } = harness;
  const { id: evaluationId } = await harness.addEvaluation();
  const job = await claim('short');
  class Twice extends Fence {
    override async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
      await super.transaction(work);
      return super.transaction(work);
    }
  }
  const handler = new EvaluationHandler({
    evaluationId,
    threads: 1,
    provider: 'cpu',
    total: 2,
    dataSource,
    fence: new Twice(dataSource, job, new AbortController().signal),
    toolSet: new ToolSet([]),
    scorer: new Scorer(dataSource, createReward({ type: 'exact_match' }, { pythonThreads: 1 })),
    onLog: () => undefined,
  });
  const usage = {
    prompt_tokens: 3,
    sampled_tokens: 5,
    trained_tokens: 0,
    unique_tokens: 0,
    tool_calls: 0,
    tool_calls_linear_equivalent: 0,
  };
  const score = { status: 'infra_error', message: 'no score' } as const;
  for (const example of [0, 1]) {
    const item = {
      example,
      sample: 0,
      response: '',
      finish_reason: 'stop',
      tool_calls: 0,
      model_tokens: 0,
      score,
    } as const;
    await handler.store({ type: 'evaluation_items', items: [item], usage, done: example + 1, total: 2 });
  }
  expect(await dataSource.manager.findOneByOrFail(Evaluation, { id: evaluationId })).toMatchObject({
    progress: { done: 2 },
    usage: { prompt_tokens: 6, sampled_tokens: 10 },
  });
});

test('a lease whose renewal hangs is lost after its time, and ends without it', async () => {
  await harness.addRun();
  const job = await claim('train', 0.5);
  const lease = new Lease(harness.dataSource, job, 0.5, { onStop: () => undefined, onPause: () => undefined });
  const lock = (manager: EntityManager) => manager.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [job.id]);
  await whileHeld(lock, async () => {
    lease.start();
    void lease.check();
    await lease.stop();
    expect(lease.lost.aborted).toBe(true);
  });
});

test('what was committed is not done again when the answer of the commit got lost', async () => {
  const { dataSource, services } = harness;
  const run = await harness.addRun();
  const job = await claim();
  const proxy = await TcpProxy.before(services.databaseUrl);
  const through = await createDataSource(proxy.url).initialize();
  // The commit takes a second, in which the connection is cut.
  await dataSource.query(
    `CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN NULL; END'`,
  );
  await dataSource.query(
    'CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON run_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION linger()',
  );
  try {
    const fence = new Fence(through, job, new AbortController().signal);
    const event = { level: 'info', type: 'run.log', message: 'once' } as const;
    const writing = fence.transaction((manager) => appendEvent(manager, run.id, event));
    const commits = () =>
      dataSource.query<unknown[]>(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT' AND state = 'active'`,
      );
    await until('the commit to be under way', async () => (await commits()).length === 1);
    await proxy.cut();
    await proxy.restore();
    const sequence = await writing;
    expect(await dataSource.manager.findBy(RunEvent, { runId: run.id })).toMatchObject([{ sequence, message: 'once' }]);
  } finally {
    await dataSource.query('DROP FUNCTION linger CASCADE');
    await through.destroy();
    await proxy.cut();
  }
});

test('a connection over which nothing comes is given up, as an outage that passes', async () => {
  const impatient = await createDataSource(harness.services.databaseUrl, { silenceMs: 300 }).initialize();
  const error: unknown = await impatient.query('SELECT pg_sleep(10)').catch((reason: unknown) => reason);
  expect(error).toMatchObject({ message: expect.stringContaining('PostgreSQL was silent for 0.3 s') });
  expect(isTransient(error)).toBe(true);
  expect(await impatient.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await impatient.destroy();
});
