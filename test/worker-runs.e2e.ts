import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Checkpoint } from '../src/store/entities/checkpoint.entity.js';
import { RunStep } from '../src/store/entities/run-step.entity.js';
import { RunUpdate } from '../src/store/entities/run-update.entity.js';
import { Segment } from '../src/store/entities/segment.entity.js';
import { Trajectory } from '../src/store/entities/trajectory.entity.js';
import { Tree } from '../src/store/entities/tree.entity.js';
import { WorkerHarness } from './support/worker-harness.js';

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
});
afterEach(() => harness.stopWorkers());
afterAll(() => harness.close());

test('a run is trained to its end, and all that the trainer said is in the store', async () => {
  await harness.startWorker();
  const { id: runId } = await harness.addRun();
  const run = await harness.untilRun(runId, 'succeeded', 'failed');
  expect(run).toMatchObject({
    status: 'succeeded',
    error: null,
    progress: { step: 6, steps: 6 },
    latestMetrics: { 'reward/mean': 1 },
    usage: { sampled_tokens: 60, tool_calls: 6, tool_calls_linear_equivalent: 12 },
    checkpointsCount: 2,
    manifest: { node: process.version, inputs: { model: { id: harness.modelId } } },
    estimatedFinishAt: null,
  });
  expect(run.usage.wall_time_s).toBeGreaterThan(0);
  expect(run.startedAt?.getTime()).toBeLessThanOrEqual(run.finishedAt?.getTime() ?? 0);
  const steps = [
    'step 1',
    'step 2',
    'checkpoint 2',
    'step 3',
    'step 4',
    'checkpoint 4',
    'step 5',
    'step 6',
    'checkpoint 6',
  ];
  expect(await harness.story(runId)).toEqual(['started', ...steps, 'succeeded']);
  expect(await harness.job(runId)).toMatchObject({ status: 'done', workerId: null, leaseUntil: null });

  const { manager } = harness.dataSource;
  expect(await manager.countBy(RunStep, { runId })).toBe(6);
  const tree = await manager.findOneByOrFail(Tree, { runId, step: 1 });
  const segments = await manager.find(Segment, { where: { treeId: tree.id }, order: { index: 'ASC' } });
  expect(
    segments.map(({ kind, numTokens, parentId }) => [kind, numTokens, segments.findIndex((s) => s.id === parentId)]),
  ).toEqual([
    ['prompt', 3, -1],
    ['model', 2, 0],
    ['tool', 1, 1],
    ['model', 2, 2],
    ['model', 1, 2],
  ]);
  expect(segments[1]?.tokenIds).toEqual(Buffer.from(Int32Array.of(4, 5).buffer));
  expect(segments[1]?.logprobs).toEqual(Buffer.from(Float32Array.of(-0.5, -0.25).buffer));
  expect(segments[2]).toMatchObject({ logprobs: null, entropies: null, advantages: null, tool: { name: 'python' } });
  const trajectories = await manager.find(Trajectory, { where: { treeId: tree.id }, order: { index: 'ASC' } });
  expect(trajectories.map(({ segmentIds }) => segmentIds.map((id) => segments.findIndex((s) => s.id === id)))).toEqual([
    [0, 1, 2, 3],
    [0, 1, 2, 4],
  ]);
  expect(trajectories[0]).toMatchObject({ numTokens: 8, rewardStatus: 'scored', step: 1 });
  const update = await manager.findOneByOrFail(RunUpdate, { runId, update: 3 });
  expect(update.oldLogprobs).toEqual(Buffer.from(Float32Array.of(-1, -2).buffer));

  const checkpoints = await manager.find(Checkpoint, { where: { runId }, order: { step: 'ASC' } });
  expect(checkpoints.map(({ step, final, deletedAt }) => [step, final, deletedAt === null])).toEqual([
    [2, false, false],
    [4, false, true],
    [6, true, true],
  ]);
  expect(checkpoints[2]?.files.map(({ name }) => name)).toEqual([
    'config.json',
    'model.safetensors',
    'onnx/model.onnx',
  ]);
  await harness.stopWorkers();
  expect(await readdir(join(harness.services.dataDir, 'scratch'))).toEqual([]);
});

test('a trainer that dies is started again from the last checkpoint, and ends with the weights of a run that was never disturbed', async () => {
  await harness.startWorker();
  const undisturbed = await harness.addRun();
  const disturbed = await harness.addRun({ metadata: { die: '1:4:SIGKILL,2:6:SIGABRT' } });
  await harness.untilRun(undisturbed.id, 'succeeded', 'failed');
  const run = await harness.untilRun(disturbed.id, 'succeeded', 'failed');
  expect(run).toMatchObject({ status: 'succeeded', usage: { sampled_tokens: 60, tool_calls: 6 } });
  const attempts = [
    ['started', 'step 1', 'step 2', 'checkpoint 2', 'step 3'],
    ['recovering', 'resumed', 'step 3', 'step 4', 'checkpoint 4', 'step 5'],
    ['recovering', 'resumed', 'step 5', 'step 6', 'checkpoint 6', 'succeeded'],
  ];
  expect(await harness.story(disturbed.id)).toEqual(attempts.flat());
  const { manager } = harness.dataSource;
  const weights = async (runId: string) => {
    const { files } = await manager.findOneByOrFail(Checkpoint, { runId, final: true });
    return harness.fileOf(files, 'model.safetensors');
  };
  expect(await weights(disturbed.id)).toBe(await weights(undisturbed.id));
  expect(await manager.countBy(RunStep, { runId: run.id })).toBe(6);
  expect(await manager.countBy(Trajectory, { runId: run.id })).toBe(12);
  const steps = await manager.find(RunStep, { where: { runId: run.id }, order: { step: 'ASC' } });
  expect(steps.map(({ attempt }) => attempt)).toEqual([1, 1, 2, 2, 3, 3]);
});
