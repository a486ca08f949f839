/** Previews with a real worker, the real trainer, tools and rewards: what they promise, what they leave behind, and how they fail. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Raw } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent, RunPreview, RunSpec } from '../openapi/client.js';
import { deleteOldPreviews } from '../src/modules/maintenance/delete-old-previews.js';
import { Job } from '../src/store/entities/job.entity.js';
import { RunPreview as RunPreviewRow } from '../src/store/entities/run-preview.entity.js';
import type { ApiHarness, Tenant } from './support/api-harness.js';
import { EmbeddingsServer } from './support/embeddings-server.js';
import { writeTinyModel } from './support/tiny-model.js';
import { WholeService } from './support/whole-service.js';

let service: WholeService;
let api: ApiHarness;
let tenant: Tenant;
beforeAll(async () => {
  service = await WholeService.open();
  ({ api, tenant } = service);
});
afterAll(() => service.close());

const sft = (): RunSpec => ({
  method: 'sft',
  model: service.model,
  dataset: service.demonstrations,
  training: { dataset_epochs: 2, batch_size: 5, max_length: 128, pack: false },
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
  const preview = await tenant.bough.previewRun(service.arpo());
  expect(preview.estimate?.measured).toMatchObject({ steps: 4, prompts: 8, trajectories: 32, evaluated: 3 });
  expect(preview.estimate?.time.evaluate_s).toBeGreaterThan(0);
  expect(preview.estimate?.time.longest_s).toBeGreaterThan(0);
  for (const table of ['runs', 'run_steps', 'trees', 'trajectories', 'tool_journal', 'checkpoints', 'run_events']) {
    expect([table, await api.dataSource.query(`SELECT count(*)::int AS n FROM ${table}`)]).toEqual([table, [{ n: 0 }]]);
  }
});

/** A model whose chat template takes no system message. */
async function bringStrictModel(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'bough-strict-'));
  try {
    await writeTinyModel(folder);
    const file = join(folder, 'tokenizer_config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as { chat_template: string };
    const refusal = `{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system message, please') }}{% endif %}`;
    await writeFile(file, JSON.stringify({ ...config, chat_template: refusal + config.chat_template }));
    const { id } = await tenant.bough.uploadModel(folder);
    return (await tenant.bough.waitForModel(id)).id;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('warnings of a preview are those in the events of the run: no tools for arpo, and an example that is passed over', async () => {
  const user = { role: 'user', content: '1 + 1' };
  const dataset = await service.upload('rl', [
    { question: '2 + 2', answer: '4' },
    { messages: [{ role: 'system', content: 'Be brief.' }, user], answer: '2' },
    { question: '3 + 3', answer: '6' },
  ]);
  const spec = service.arpo({
    model: await bringStrictModel(),
    dataset,
    tools: [],
    rollout: { group_size: 4, max_response_tokens: 24 },
    training: { steps: 1, prompts_per_step: 1 },
    evaluation: undefined,
  });
  const { status, warnings, error } = await previewOf(spec);
  expect([status, error]).toEqual(['ready', null]);
  expect(warnings).toEqual([
    expect.stringMatching(/^Nothing forks: the run has no tools/),
    '1 of 3 examples cannot be rendered: example 1: no system message, please. The run passes over them',
  ]);
  const { body } = await tenant.post('/v1/runs', spec);
  const run = await tenant.bough.waitForRun(body.id);
  expect(run.status).toBe('succeeded');
  const { data } = (await tenant.get(`/v1/runs/${body.id}/events?limit=100`)).body as { data: RunEvent[] };
  const warned = data.filter(({ level, type }) => level === 'warn' && type === 'run.log');
  expect(warned.map(({ message }) => message)).toEqual([
    ...warnings,
    // Only a run that is carried out can say this: a random model earns nothing.
    expect.stringMatching(
      /^Nothing was learnt in the last 1 steps\. Of the 1 groups of the last one 1 had equal rewards/,
    ),
  ]);
  expect(run.warnings).toEqual(warned.map(({ message }) => message));
});

test('what has problems is not previewed', async () => {
  const { status, body } = await tenant.post('/v1/runs/preview', { ...sft(), dataset: service.questions });
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
  const preview = await previewOf(service.arpo({ rollout: { group_size: 2, initial: 2, max_response_tokens: 250 } }));
  expect(preview).toMatchObject({ status: 'failed', estimate: null });
  expect(preview.error).toMatchObject({ code: 'prompt_too_long', category: 'user' });
  expect(preview.error?.message).toMatch(/with max_response_tokens 250 it exceeds the model's 256 positions/);
  await expect(
    tenant.bough.previewRun(service.arpo({ rollout: { group_size: 2, initial: 2, max_response_tokens: 250 } })),
  ).rejects.toThrow(/exceeds the model's 256 positions/);
});

test('a run that cannot fit is refused with the numbers, previewed or not', async () => {
  await service.restartWorker({ TRAINER_MEMORY_BYTES: '100000' });
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
  const folder = await mkdtemp(join(tmpdir(), 'bough-slow-'));
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, `setInterval(() => {}, 1000);`);
  await service.restartWorker({}, script, limitMs);
  const { id, error } = await previewOf(sft());
  expect(error).toEqual({
    code: 'preview_too_long',
    message: expect.stringMatching(/^The preview did not finish within .*: lower rollout\.group_size/) as string,
    category: 'user',
  });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: id })).toMatchObject({ attempts: 1 });
  await rm(folder, { recursive: true });
});

test('a preview that takes too long to embed a corpus says that what was embedded is kept', async () => {
  const server = await EmbeddingsServer.open();
  try {
    server.answer = () => undefined;
    await service.restartWorker({ ALLOWED_NETWORKS: '127.0.0.0/8' }, undefined, 2000);
    const corpus = await service.upload('corpus', [{ text: 'Lima is the capital of Peru.' }]);
    const embeddings = { base_url: server.baseUrl, model: 'trigrams' };
    const { error } = await previewOf({
      ...service.arpo(),
      tools: [{ type: 'search', corpus, retrieval: 'dense', embeddings }],
    });
    expect(error).toMatchObject({
      code: 'preview_too_long',
      message: expect.stringMatching(
        /^The preview .*: the corpus was still being embedded\. What was embedded is kept/,
      ) as string,
    });
    expect(server.texts).toEqual(['Lima is the capital of Peru.']);
  } finally {
    await server.close();
  }
});

test('a preview that is deleted is not previewed any more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bough-endless-'));
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, `setInterval(() => {}, 1000);`);
  await service.restartWorker({}, script);
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
  const folder = await mkdtemp(join(tmpdir(), 'bough-dying-'));
  const script = join(folder, 'trainer.mjs');
  await writeFile(script, `process.kill(process.pid, 'SIGKILL');`);
  await service.restartWorker({}, script);
  const preview = await previewOf(sft());
  expect(preview.error).toMatchObject({ code: 'trainer_failed', category: 'server' });
  expect(preview.error?.message).toMatch(/was ended by SIGKILL, most likely by the system because memory ran out/);
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: preview.id })).toMatchObject({ attempts: 1 });
  await rm(folder, { recursive: true });
});
