import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { DirectoryBlobStore } from '../src/store/blobs/directory-blob-store.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { Model } from '../src/store/entities/model.entity.js';
import { RunEvent } from '../src/store/entities/run-event.entity.js';
import { cancelJob } from '../src/store/jobs.js';
import { SmallDisk } from './support/small-disk.js';
import { until, WorkerHarness } from './support/worker-harness.js';

const disk = SmallDisk.mount(2 ** 20);
const at = (name: string) => join(disk?.path ?? '', name);

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
});
afterEach(async () => {
  await harness.stopWorkers();
  await disk?.makeRoom();
});
afterAll(async () => {
  await harness.close();
  disk?.unmount();
});
beforeEach(({ skip }) => skip(disk === null, 'only root may mount a small disk'));

const waits = (runId: string) => harness.dataSource.manager.findBy(RunEvent, { runId, type: 'run.waiting' });
const untilItWaits = (runId: string) => until('the run to wait', async () => (await waits(runId)).length > 0);

/** Starts a worker whose blob store is on the small disk, with the model in it. */
async function startOnFullStore(): Promise<void> {
  const blobs = new DirectoryBlobStore(at('blobs'));
  await blobs.put(Readable.from([Buffer.from('{"model_type": "scripted"}')]));
  await disk?.fill();
  await harness.startWorker({ BLOB_DIR: at('blobs'), WORKER_MAX_ATTEMPTS: '1' });
}

test('a run whose checkpoint finds no room waits in its place, says so once, and goes on when there is', async () => {
  await startOnFullStore();
  const { id } = await harness.addRun();
  await untilItWaits(id);
  await sleep(4000);
  expect(await harness.run(id)).toMatchObject({ status: 'running', checkpointsCount: 0, error: null });
  await disk?.makeRoom();
  await harness.untilRun(id, 'succeeded', 'failed');
  expect(await harness.run(id)).toMatchObject({ status: 'succeeded', error: null });
  expect(await harness.job(id)).toMatchObject({ fence: 1, attempts: 0 });
  const [event, ...others] = await waits(id);
  expect(others).toEqual([]);
  expect(event).toMatchObject({ level: 'warn', data: { attempt: 1, reason: 'no_space' } });
  expect(event?.message).toBe(
    'Waiting for room: the disk of the blob store is full (BLOB_DIR). When the operator has made some, the work goes on by itself',
  );
  const story = await harness.story(id);
  expect(story.slice(story.indexOf('waiting'))).toEqual(expect.arrayContaining(['log', 'checkpoint 2', 'succeeded']));
});

test('a run that waits for room is cancelled at once', async () => {
  await startOnFullStore();
  const { id } = await harness.addRun();
  await untilItWaits(id);
  await harness.dataSource.transaction((manager) => cancelJob(manager, 'run.train', id));
  const asked = Date.now();
  await harness.untilRun(id, 'cancelled');
  expect(Date.now() - asked).toBeLessThan(5000);
});

test('work that finds no room for its files is taken up again when there is, which costs no attempt', async () => {
  await harness.startWorker({
    BOUGH_DATA_DIR: at('data'),
    BLOB_DIR: join(harness.services.dataDir, 'blobs'),
    WORKER_MAX_ATTEMPTS: '1',
  });
  await disk?.fill();
  const run = await harness.addRun();
  const evaluation = await harness.addEvaluation();
  await untilItWaits(run.id);
  await until('both to be put back', async () => (await harness.job(evaluation.id, 'evaluation.run')).error !== null);
  // Tried once more before there is room: nothing is told twice.
  await until('another attempt', async () => (await harness.job(run.id)).fence > 1);
  await disk?.makeRoom();
  await harness.untilRun(run.id, 'succeeded', 'failed');
  expect(await harness.run(run.id)).toMatchObject({ status: 'succeeded', error: null });
  const [event, ...others] = await waits(run.id);
  expect(others).toEqual([]);
  expect(event?.message).not.toContain(at(''));
  await until(
    'the evaluation to end',
    async () =>
      (await harness.dataSource.manager.findOneByOrFail(Evaluation, { id: evaluation.id })).status === 'succeeded',
  );
});

test('bytes that the store has lost fail a run as the service’s fault, without a path of the host', async () => {
  const { files } = await harness.dataSource.manager.findOneByOrFail(Model, { id: harness.modelId });
  await harness.startWorker({ BLOB_DIR: at('empty') });
  const { id } = await harness.addRun();
  const { error } = await harness.untilRun(id, 'failed', 'succeeded');
  expect(error).toEqual({
    code: 'blob_missing',
    category: 'server',
    message: `The bytes with the sha256 ${files[0]?.sha256} are missing from the store: tell the operator`,
  });
  const told = JSON.stringify(await harness.dataSource.manager.findBy(RunEvent, { runId: id }));
  expect(told).not.toContain(at(''));
});
