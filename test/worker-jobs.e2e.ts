import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DatasetExample } from '../src/store/entities/dataset-example.entity.js';
import { Dataset } from '../src/store/entities/dataset.entity.js';
import { EvaluationItem } from '../src/store/entities/evaluation-item.entity.js';
import { Evaluation } from '../src/store/entities/evaluation.entity.js';
import { Model } from '../src/store/entities/model.entity.js';
import { Worker } from '../src/store/entities/worker.entity.js';
import { ToolJournalEntry } from '../src/store/entities/tool-journal.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRows } from '../src/store/insert-rows.js';
import { claimJob } from '../src/store/jobs.js';
import { textTool, type Tool } from '../src/tools/tool.js';
import { Fence } from '../src/worker/claim/fence.js';
import { ToolSet } from '../src/worker/inputs/tool-set.js';
import { JournalledTools } from '../src/worker/run/journalled-tools.js';
import { until, WorkerHarness } from './support/worker-harness.js';

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
});
afterAll(() => harness.close());

test('the answer of a tool is journalled before it is given, and given again to whoever asks the same', async () => {
  let calls = 0;
  const counter: Tool = {
    definitions: [textTool('python', 'Runs a program.', 'code', 'The program.')],
    call: ({ arguments: { code } }) => {
      calls += 1;
      return Promise.resolve(
        code === 'broken' ? { kind: 'infra_error', message: 'no disk' } : { kind: 'ok', text: `call ${calls}\0` },
      );
    },
    close: () => Promise.resolve(),
  };
  const run = await harness.addRun();
  const options = { lane: 'train' as const, workerId: 'test', leaseS: 60, accelerators: ['auto', 'cpu'] };
  const job = await claimJob(harness.dataSource.manager, options);
  if (!job) throw new Error('not claimed');
  const { signal } = new AbortController();
  const fence = new Fence(harness.dataSource, job, signal);
  const tools = new JournalledTools(harness.dataSource, fence, job, new ToolSet([counter]));
  const message = {
    type: 'tool_call',
    call: '1/0/0/0',
    step: 1,
    tool: 'python',
    input: 'print(1)',
    format: 'text',
    previous: [] as string[],
    example: 0,
  } as const;
  const first = await tools.call(message, signal);
  expect(first).toMatchObject({ outcome: 'ok', text: 'call 1\ufffd' });
  expect(await tools.call(message, signal)).toEqual(first);
  expect(await tools.call({ ...message, input: 'print(2)' }, signal)).toMatchObject({ text: 'call 2\ufffd' });
  const broken = { ...message, call: '1/0/0/1', input: 'broken' };
  expect(await tools.call(broken, signal)).toMatchObject({ outcome: 'infra_error', text: 'no disk' });
  await tools.call(broken, signal);
  expect(calls).toBe(3);
  expect(await harness.dataSource.manager.countBy(ToolJournalEntry, { runId: run.id })).toBe(2);

  const cut = { ...message, call: '1/0/0/2' };
  await expect(tools.call(cut, AbortSignal.abort(new Error('cancelled')))).rejects.toThrow('cancelled');
  expect(await harness.dataSource.manager.countBy(ToolJournalEntry, { runId: run.id })).toBe(2);
});

test('an evaluation answers every question, and sums up with standard errors and pass@k', async () => {
  await harness.startWorker();
  const { id } = await harness.addEvaluation({ sampling: { samples: 2 } });
  const { manager } = harness.dataSource;
  await until(
    'the evaluation to end',
    async () => (await manager.findOneByOrFail(Evaluation, { id })).finishedAt !== null,
  );
  expect(await manager.findOneByOrFail(Evaluation, { id })).toMatchObject({
    status: 'succeeded',
    error: null,
    progress: { done: 6, total: 6 },
    usage: { sampled_tokens: 15 },
    aggregates: {
      num_items: 6,
      num_questions: 3,
      num_infra_error: 0,
      exact_match: { mean: 0.5, standard_error: 0 },
      tool_calls: { mean: 1, standard_error: 0 },
      model_tokens: { mean: 5, standard_error: 0 },
      right: { mean: 0.5 },
      pass_at_k: { 1: 0.5, 2: 1 },
      majority: { mean: 0.5 },
      by_category: null,
    },
  });
  const where = { evaluationId: id, example: 1 };
  const items = await manager.find(EvaluationItem, { where, order: { sample: 'ASC' } });
  expect(items.map(({ sample, answer, exactMatch }) => [sample, answer, exactMatch])).toEqual([
    [0, 'Oslo', 0],
    [1, 'Lima', 1],
  ]);
});

test('a model is made from a dataset’s texts, and its facts are what the trainer says of it', async () => {
  const architecture = { layers: 1, hidden_size: 8, heads: 2, ffn_size: 16 };
  const tokenizer = { train: { dataset: harness.datasetId, vocab_size: 300 } };
  const { id } = await harness.addModel({ type: 'random', architecture, tokenizer }, [harness.datasetId]);
  const { manager } = harness.dataSource;
  await until(
    'the model to be made',
    async () => (await manager.findOneByOrFail(Model, { id })).status !== 'processing',
  );
  const model = await manager.findOneByOrFail(Model, { id });
  expect(model).toMatchObject({
    status: 'ready',
    error: null,
    parameters: 8,
    vocabSize: 4,
    contextLength: 64,
    dtype: 'float32',
    hasChatTemplate: false,
    architecture: { ...architecture, family: 'llama', kv_heads: 2, head_dim: 4, max_positions: 64 },
  });
  expect(model.files.map(({ name }) => name)).toEqual(['config.json', 'model.safetensors', 'tokenizer.json']);
  const made = JSON.parse(await harness.fileOf(model.files, 'tokenizer.json')) as { texts: string[] };
  expect(made.texts[0]).toContain('"What is the capital of Peru? (2)"\n');
});

test('a dataset is imported, and the run that waits for it follows', async () => {
  const { manager } = harness.dataSource;
  const lines = ['{"question": "2 + 2?", "answer": "4"}', 'nonsense', '{"question": "3 + 3?", "answer": "6"}'];
  const id = await harness.upload('rl', lines);
  const run = await harness.addRun({ dataset: id, training: { steps: 1 } });
  await harness.untilRun(run.id, 'succeeded', 'failed');
  expect(await manager.findOneByOrFail(Dataset, { id })).toMatchObject({
    status: 'ready',
    numExamples: 2,
    numRejected: 1,
    rejectedRows: [{ line: 2 }],
  });
  expect(await manager.countBy(DatasetExample, { datasetId: id })).toBe(2);
  expect(await harness.run(run.id)).toMatchObject({ status: 'succeeded' });
});

test('short work does not wait for a long run', async () => {
  const { manager } = harness.dataSource;
  const run = await harness.addRun({ metadata: { slow_ms: '60000' } });
  await harness.untilRun(run.id, 'running');
  const { id } = await harness.addEvaluation();
  await until('the evaluation', async () => (await manager.findOneByOrFail(Evaluation, { id })).status === 'succeeded');
  expect(await harness.run(run.id)).toMatchObject({ status: 'running' });
  const [worker] = await manager.find(Worker);
  expect(worker).toMatchObject({
    accelerator: 'cpu',
    pid: process.pid,
    currentJobs: expect.arrayContaining([
      expect.objectContaining({ kind: 'run.train', subject_id: run.id, project_id: harness.projectId }),
    ]),
  });
  await harness.stopWorkers();
});

test('without Redis jobs are found all the same, and the worker can be stopped', async () => {
  await harness.startWorker({ REDIS_URL: 'redis://127.0.0.1:1' });
  const { id } = await harness.addEvaluation();
  const { manager } = harness.dataSource;
  await until('the evaluation', async () => (await manager.findOneByOrFail(Evaluation, { id })).status === 'succeeded');
  const stopped = harness.stopWorkers();
  await expect(Promise.race([stopped, sleep(10_000, 'still running')])).resolves.toBeUndefined();
});

test('more rows than one statement has numbers for are inserted all the same, or none of them', async () => {
  const { manager } = harness.dataSource;
  const datasetId = newId('dataset');
  await harness.addDataset(datasetId, 'ready');
  const rows = Array.from({ length: 17_000 }, (_, i) => ({
    datasetId,
    index: 10 + i,
    line: i,
    data: { messages: [], metadata: { list: [i] } },
  }));
  const twice = [...rows, rows[0]!];
  await expect(harness.dataSource.transaction((inner) => insertRows(inner, DatasetExample, twice))).rejects.toThrow(
    /duplicate key/,
  );
  expect(await manager.countBy(DatasetExample, { datasetId })).toBe(3);
  await insertRows(manager, DatasetExample, rows);
  expect(await manager.countBy(DatasetExample, { datasetId })).toBe(17_003);
  expect(await manager.findOneBy(DatasetExample, { datasetId, index: 10 })).toEqual(rows[0]);
});
