/** Previews with a real worker, the real trainer, tools and rewards: what they promise, what they leave behind, and how they fail. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Raw } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunPreview, RunSpec } from '../openapi/client.js';
import { loadConfig } from '../src/config/config.js';
import { deleteOldPreviews } from '../src/modules/maintenance/delete-old-previews.js';
import { Job } from '../src/store/entities/job.entity.js';
import { RunPreview as RunPreviewRow } from '../src/store/entities/run-preview.entity.js';
import { WorkerModule } from '../src/worker.module.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { bundleTrainer, removeBundle } from './support/trainer-bundle.js';

let api: ApiHarness;
let tenant: Tenant;
let trainer: string;
let worker: INestApplicationContext;
let model: string;
let demonstrations: string;
let questions: string;

beforeAll(async () => {
  [trainer, api] = await Promise.all([bundleTrainer(), ApiHarness.open()]);
  tenant = api.tenant;
  await startWorker();
  demonstrations = await upload(
    'sft',
    sums.map(([question, answer]) => ({
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: `<python>print(${question})</python><answer>\\boxed{${answer}}</answer>` },
      ],
    })),
  );
  questions = await upload(
    'rl',
    sums.map(([question, answer]) => ({ question, answer })),
  );
  const added_tokens = ['<python>', '</python>', '<result>', '</result>'];
  const { status, body } = await tenant.post('/v1/models', {
    source: {
      type: 'random',
      architecture: { layers: 2, hidden_size: 32, heads: 4, ffn_size: 64, max_positions: 256 },
      tokenizer: { train: { dataset: demonstrations, vocab_size: 300, added_tokens } },
    },
  });
  expect([status, body.error]).toEqual([201, null]);
  model = (await tenant.bough.waitForModel(body.id)).id;
});
afterAll(async () => {
  await worker.close();
  await api.close();
  await removeBundle(trainer);
});

const sums = Array.from({ length: 20 }, (_, i) => [`${i} + ${i}`, String(2 * i)] as const);

async function startWorker(
  env: Record<string, string> = {},
  trainerEntry = trainer,
  previewLimitMs?: number,
): Promise<void> {
  const config = loadConfig({ ...api.env, LOG_LEVEL: 'error', TRAINER_THREADS: '1', ...env });
  const module = WorkerModule.forRoot(config, { trainerEntry, previewLimitMs });
  worker = await NestFactory.createApplicationContext(module, { logger: ['error', 'fatal'], abortOnError: false });
}

async function upload(kind: 'sft' | 'rl', rows: readonly unknown[]): Promise<string> {
  const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]);
  const { id } = await tenant.bough.uploadDataset(file, { kind });
  return (await tenant.bough.waitForDataset(id)).id;
}

const sft = (): RunSpec => ({
  method: 'sft',
  model,
  dataset: demonstrations,
  training: { dataset_epochs: 2, batch_size: 5, max_length: 128, pack: false },
});

const arpo = (extra: object = {}): RunSpec => ({
  method: 'arpo',
  model,
  dataset: questions,
  tools: [{ type: 'python' }],
  reward: { type: 'exact_match' },
  rollout: { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 24 },
  training: { steps: 4, prompts_per_step: 2 },
  evaluation: { dataset: questions, every_steps: 2, limit: 3 },
  ...extra,
});

/** Waits for a preview, also for one that fails. */
async function previewOf(spec: RunSpec): Promise<RunPreview> {
  const { status, body } = await tenant.post('/v1/runs/preview', spec);
  expect([status, body.status]).toEqual([201, 'processing']);
  for (;;) {
    const { body: preview } = await tenant.get(`/v1/previews/${body.id}`);
    if (preview.status !== 'processing') return preview as RunPreview;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('a supervised run is previewed: its first prompts, its tokens and steps, its time and its memory', async () => {
  const preview = await tenant.bough.previewRun(sft());
  expect(preview).toMatchObject({ object: 'run.preview', status: 'ready', problems: [], error: null });
  expect(preview.id).toMatch(/^prv_/);
  expect(preview.prompts).toHaveLength(3);
  expect(preview.prompts?.[0]?.text).toContain('0 + 0');
  expect(preview.tokens).toMatchObject({ examples: 20, counted: 20, steps: 8 });
  const { time, memory, measured } = preview.estimate!;
  expect(time.total_s).toBeGreaterThanOrEqual(time.prepare_s + time.update_s);
  expect(measured.trained_tokens).toBeGreaterThan(0);
  expect(memory.peak_bytes).toBeGreaterThan(10 * 2 ** 20);
  expect(memory.available_bytes).toBeGreaterThan(memory.peak_bytes);
});

test('a policy run is previewed with its tools and its reward, and nothing of the preview is left', async () => {
  const preview = await tenant.bough.previewRun(arpo());
  expect(preview.estimate?.measured).toMatchObject({ steps: 4, prompts: 8, trajectories: 32, evaluated: 3 });
  expect(preview.estimate?.time.evaluate_s).toBeGreaterThan(0);
  expect(preview.estimate?.time.longest_s).toBeGreaterThan(0);
  for (const table of ['runs', 'run_steps', 'trees', 'trajectories', 'tool_journal', 'checkpoints', 'run_events']) {
    expect([table, await api.dataSource.query(`SELECT count(*)::int AS n FROM ${table}`)]).toEqual([table, [{ n: 0 }]]);
  }
});

test('what has problems is not previewed', async () => {
  const { status, body } = await tenant.post('/v1/runs/preview', { ...sft(), dataset: questions });
  expect(status).toBe(201);
  expect(body).toMatchObject({ status: 'ready', prompts: null, tokens: null, estimate: null, error: null });
  expect(body.problems).toEqual([{ path: 'dataset', message: expect.stringContaining('of kind sft') }]);
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: body.id })).toBeNull();
});

test('the same idempotency key asks once, and nobody else sees the preview', async () => {
  const bad = { ...sft(), dataset: 'ds_none' };
  const first = await tenant.post('/v1/runs/preview', bad, { 'idempotency-key': 'one' });
  const second = await tenant.post('/v1/runs/preview', bad, { 'idempotency-key': 'one' });
  expect(second.body.id).toBe(first.body.id);
  const other = await api.anotherTenant();
  const { status, body } = await other.get(`/v1/previews/${first.body.id}`);
  expect([status, body.error.message]).toEqual([404, `No such preview: ${first.body.id}`]);
});

test('a preview that fails says what the run would fail with', async () => {
  const preview = await previewOf(arpo({ rollout: { group_size: 2, initial: 2, max_response_tokens: 250 } }));
  expect(preview).toMatchObject({ status: 'failed', estimate: null });
  expect(preview.error).toMatchObject({ code: 'prompt_too_long', category: 'user' });
  expect(preview.error?.message).toMatch(/with max_response_tokens 250 it exceeds the model's 256 positions/);
  await expect(
    tenant.bough.previewRun(arpo({ rollout: { group_size: 2, initial: 2, max_response_tokens: 250 } })),
  ).rejects.toThrow(/exceeds the model's 256 positions/);
});

test('a run that cannot fit is refused with the numbers, previewed or not', async () => {
  await worker.close();
  await startWorker({ TRAINER_MEMORY_BYTES: '100000' });
  const refusal = /^The run needs about \d+\.\d MiB of memory, this worker has 0\.1 MiB: train an adapter/;
  const preview = await previewOf(sft());
  expect(preview.error).toMatchObject({ code: 'insufficient_memory', message: expect.stringMatching(refusal) });
  const { body } = await tenant.post('/v1/runs', sft());
  const run = await tenant.bough.waitForRun(body.id);
  expect(run).toMatchObject({ status: 'failed', error: { code: 'insufficient_memory', category: 'user' } });
  expect(run.error?.message).toMatch(refusal);
});

test.each([
  ['while inputs are laid out', 1],
  ['while the trainer is at it', 600],
])('a preview that takes too long ends, and is not tried again: %s', async (_, limitMs) => {
  await worker.close();
  const folder = await mkdtemp(join(tmpdir(), 'bough-slow-'));
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, `setInterval(() => {}, 1000);`);
  await startWorker({}, script, limitMs);
  const { id, error } = await previewOf(sft());
  expect(error).toEqual({
    code: 'preview_too_long',
    message: expect.stringMatching(/^The preview did not finish within .*: lower rollout\.group_size/) as string,
    category: 'user',
  });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: id })).toMatchObject({ attempts: 1 });
  await rm(folder, { recursive: true });
});

test('a preview that is deleted is not previewed any more', async () => {
  await worker.close();
  const folder = await mkdtemp(join(tmpdir(), 'bough-endless-'));
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, `setInterval(() => {}, 1000);`);
  await startWorker({}, script);
  const { body } = await tenant.post('/v1/runs/preview', sft());
  const job = () => api.dataSource.manager.findOneByOrFail(Job, { subjectId: body.id });
  await expect.poll(async () => (await job()).status, { timeout: 20_000 }).toBe('claimed');
  const other = await api.anotherTenant('stranger');
  expect((await other.delete(`/v1/previews/${body.id}`)).status).toBe(404);
  expect((await tenant.delete(`/v1/previews/${body.id}`)).body).toEqual({
    id: body.id,
    object: 'run.preview',
    deleted: true,
  });
  expect((await tenant.get(`/v1/previews/${body.id}`)).status).toBe(404);
  await expect.poll(async () => (await job()).status, { timeout: 20_000 }).toBe('cancelled');
  await rm(folder, { recursive: true });
});

test('a preview goes with its job after a day, but not before it is over', async () => {
  const { manager } = api.dataSource;
  const [over, open] = await manager.find(RunPreviewRow, { where: { problems: Raw((column) => `${column} = '[]'`) } });
  await manager.query(`UPDATE run_previews SET created_at = now() - interval '25 hours' WHERE id = ANY($1)`, [
    [over!.id, open!.id],
  ]);
  await manager.update(RunPreviewRow, { id: open!.id }, { status: 'processing' });
  const before = await manager.count(RunPreviewRow);
  await deleteOldPreviews(manager);
  expect(await manager.count(RunPreviewRow)).toBe(before - 1);
  const kept = async (id: string) => [
    await manager.existsBy(RunPreviewRow, { id }),
    await manager.existsBy(Job, { subjectId: id }),
  ];
  expect([await kept(over!.id), await kept(open!.id)]).toEqual([
    [false, false],
    [true, true],
  ]);
});

test('a trainer that dies is not started again, and the preview says how it died', async () => {
  await worker.close();
  const folder = await mkdtemp(join(tmpdir(), 'bough-dying-'));
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, `process.kill(process.pid, 'SIGKILL');`);
  await startWorker({}, script);
  const preview = await previewOf(sft());
  expect(preview.error).toMatchObject({ code: 'trainer_failed', category: 'server' });
  expect(preview.error?.message).toMatch(/was ended by SIGKILL, most likely by the system because memory ran out/);
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: preview.id })).toMatchObject({ attempts: 1 });
  await rm(folder, { recursive: true });
});
