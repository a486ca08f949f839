import { dirname } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Dataset } from '../src/store/entities/dataset.entity.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
import { Model } from '../src/store/entities/model.entity.js';
import { RunEvent } from '../src/store/entities/run-event.entity.js';
import { Run } from '../src/store/entities/run.entity.js';
import { Trajectory } from '../src/store/entities/trajectory.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRow } from '../src/store/insert-row.js';
import { cancelJob, claimJob, pauseJob } from '../src/store/jobs.js';
import { NO_CHAT_TEMPLATE } from '../src/store/references.js';
import { isTransient } from '../src/store/transient.js';
import { until, WorkerHarness } from './support/worker-harness.js';

const LIMITS = { helloMs: 20_000, silenceMs: 1_500, graceMs: 500 };

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
});
afterEach(() => harness.stopWorkers());
afterAll(() => harness.close());

/** As the API does it. */
async function cancel(runId: string): Promise<void> {
  await harness.dataSource.transaction(async (manager) => {
    expect(await cancelJob(manager, 'run.train', runId)).toBe('asked');
    await manager.update(Run, runId, { status: 'cancelling' });
  });
}

test('a failure that is the user’s is not tried again', async () => {
  await harness.startWorker();
  const { id } = await harness.addRun({ metadata: { script: 'user_error' } });
  expect(await harness.untilRun(id, 'failed')).toMatchObject({
    error: { code: 'prompt_too_long', message: 'example 3 has 9,000 tokens', category: 'user' },
  });
  expect(await harness.job(id)).toMatchObject({ status: 'failed', fence: 1 });
  expect(await harness.story(id)).toEqual(['failed']);
});

test('a run that keeps dying without getting further fails after three attempts, and says of what', async () => {
  await harness.startWorker();
  const { id } = await harness.addRun({ metadata: { die: '*:3:SIGKILL' } });
  const { error } = await harness.untilRun(id, 'failed', 'succeeded');
  expect(error).toMatchObject({ code: 'attempts_exhausted', category: 'server' });
  expect(error?.message).toMatch(/^Given up after 3 attempts; .* was ended by SIGKILL, most likely .* memory ran out/s);
  expect(error?.message).toContain('dying at step 3 as told');
  expect(error?.message).toContain('(…/main.mjs:');
  expect(error?.message).not.toContain(dirname(harness.trainerEntry));
  // The first attempt made progress; the three after it made none.
  expect(await harness.job(id)).toMatchObject({ fence: 4 });
  expect(await harness.run(id)).toMatchObject({ progress: { step: 2 }, checkpointsCount: 1 });
});

test('a run is cancelled within seconds, whether its trainer listens, computes or waits for a tool', async () => {
  await harness.startWorker({}, { ...LIMITS, silenceMs: 60_000 });
  for (const script of ['obedient', 'hang', 'whole']) {
    const { id } = await harness.addRun({ metadata: { script, slow_ms: '60000' } });
    await until('the trainer to be there', async () => 'node' in (await harness.run(id)).manifest);
    const asked = Date.now();
    await cancel(id);
    await harness.untilRun(id, 'cancelled');
    expect(Date.now() - asked).toBeLessThan(4000);
    expect(await harness.job(id)).toMatchObject({ status: 'cancelled', workerId: null });
    expect((await harness.story(id)).at(-1)).toBe('cancelled');
  }
});

test('a run whose worker vanished is cancelled by the next', async () => {
  const { id } = await harness.addRun();
  const options = { lane: 'train' as const, workerId: 'vanished', leaseS: 0.1, accelerators: ['auto', 'cpu'] };
  await claimJob(harness.dataSource.manager, options);
  await cancel(id);
  await harness.startWorker();
  await harness.untilRun(id, 'cancelled');
});

test('a run whose worker vanished while it was to pause is paused by the next', async () => {
  const { id } = await harness.addRun();
  const options = { lane: 'train' as const, workerId: 'vanished', leaseS: 0.1, accelerators: ['auto', 'cpu'] };
  await claimJob(harness.dataSource.manager, options);
  await harness.dataSource.transaction(async (manager) => {
    expect(await pauseJob(manager, 'run.train', id)).toBe('asked');
    await manager.update(Run, id, { status: 'pausing' });
  });
  await harness.startWorker();
  await harness.untilRun(id, 'paused');
  expect(await harness.job(id)).toMatchObject({ status: 'paused', workerId: null, pauseRequested: false });
});

test('a trainer that falls silent is killed and started again', async () => {
  await harness.startWorker({ WORKER_MAX_ATTEMPTS: '1' }, LIMITS);
  const { id } = await harness.addRun({ metadata: { script: 'hang' } });
  const { error } = await harness.untilRun(id, 'failed');
  expect(error).toEqual({
    code: 'trainer_failed',
    category: 'server',
    message: 'The trainer failed: the trainer said nothing for 1.5 s; the last it said was hello',
  });
});

test('a run waits for its dataset, and fails when the dataset has failed', async () => {
  await harness.startWorker();
  const [late, broken] = [newId('dataset'), newId('dataset')];
  for (const id of [late, broken]) await harness.addDataset(id, 'processing');
  const evaluation = { dataset: late, every_steps: 1 };
  const waiting = await harness.addRun({ training: { steps: 1 }, evaluation });
  const doomed = await harness.addRun({ dataset: broken });
  const next = await harness.addRun({ training: { steps: 1 } });
  await harness.untilRun(next.id, 'succeeded');
  expect(await harness.run(waiting.id)).toMatchObject({ status: 'queued' });
  const { manager } = harness.dataSource;
  await manager.update(Dataset, late, { status: 'ready' });
  const error = { code: 'dataset_unreadable', message: 'no row is valid', category: 'user' as const };
  await manager.update(Dataset, broken, { status: 'failed', error });
  await harness.untilRun(waiting.id, 'succeeded');
  expect(await harness.untilRun(doomed.id, 'failed')).toMatchObject({
    error: { code: 'input_failed', category: 'user', message: `The dataset ${broken} is not usable: no row is valid` },
  });
});

test('what is to ask a model without a chat template fails when the model is ready, and says what is missing', async () => {
  await harness.startWorker();
  const { id: model } = await insertRow(harness.dataSource.manager, Model, {
    id: newId('model'),
    projectId: harness.projectId,
    name: 'late',
    source: { type: 'upload' },
    status: 'processing',
  });
  const run = await harness.addRun({ model });
  const evaluation = await harness.addEvaluation({ model });
  await harness.dataSource.manager.update(Model, model, { status: 'ready', hasChatTemplate: false });
  const error = {
    code: 'input_failed',
    category: 'user',
    message: `The model ${model} is not usable: ${NO_CHAT_TEMPLATE}`,
  };
  expect(await harness.untilRun(run.id, 'failed')).toMatchObject({ error });
  const failed = { id: evaluation.id, status: 'failed' as const };
  await until('the evaluation', () => harness.dataSource.manager.existsBy(Evaluation, failed));
  expect(await harness.dataSource.manager.findOneByOrFail(Evaluation, failed)).toMatchObject({ error });
});

test('a run whose trajectories cannot be scored is paused with the reason, keeps them, and is not tried again', async () => {
  await harness.startWorker();
  const unscorable = newId('dataset');
  await harness.addDataset(unscorable, 'ready', 'sft');
  const { id } = await harness.addRun({ dataset: unscorable });
  expect(await harness.untilRun(id, 'paused')).toMatchObject({ error: null });
  const paused = await harness.dataSource.manager.findOneByOrFail(RunEvent, { runId: id, type: 'run.paused' });
  expect(paused).toMatchObject({ level: 'error', data: { reason: 'too_many_infra_errors', step: 0 } });
  expect(paused.message).toMatch(
    /reference.* The run is paused before its first checkpoint: resume it when this is mended/,
  );
  expect(await harness.job(id)).toMatchObject({ fence: 1 });
  const trajectories = await harness.dataSource.manager.findBy(Trajectory, { runId: id });
  expect(trajectories.map(({ step }) => step)).toEqual([1, 1]);
  expect(trajectories.map(({ rewardStatus }) => rewardStatus)).toEqual(['infra_error', 'infra_error']);
});

test('while PostgreSQL cuts connections at any moment nothing is lost', async () => {
  await harness.startWorker({ WORKER_LEASE_S: '20' });
  const { id } = await harness.addRun({ metadata: { slow_ms: '60' } });
  await until('step 1', async () => (await harness.run(id)).progress.step >= 1);
  // Again and again, so that some are cut between two statements of a transaction; this test's own are among them.
  const isOver = async () => {
    try {
      await harness.dataSource.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      return ['succeeded', 'failed'].includes((await harness.run(id)).status);
    } catch (error) {
      if (isTransient(error)) return false;
      throw error;
    }
  };
  // On a busy machine few transactions are done before the next cut.
  await until('its end', isOver, undefined, 90_000);
  expect(await harness.run(id)).toMatchObject({ status: 'succeeded' });
  expect(await harness.job(id)).toMatchObject({ status: 'done', fence: 1 });
  expect(await harness.dataSource.manager.countBy(Job, { status: 'claimed' })).toBe(0);
});
