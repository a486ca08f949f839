/** Models brought from outside: the API, a worker with the real trainer, and whatever models are brought from. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../openapi/client.js';
import { loadConfig } from '../src/config/config.js';
import { Job } from '../src/store/entities/job.entity.js';
import { WorkerModule } from '../src/worker.module.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { TINY_PARAMETERS, writeTinyModel } from './support/tiny-model.js';
import { bundleTrainer, removeBundle } from './support/trainer-bundle.js';

let folder: string;
let modelsDir: string;
let trainerEntry: string;
let api: ApiHarness;
let tenant: Tenant;
let worker: INestApplicationContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-models-'));
  modelsDir = join(folder, 'models');
  await writeTinyModel(join(modelsDir, 'tiny'));
  trainerEntry = await bundleTrainer();
  api = await ApiHarness.open({ MODELS_DIR: modelsDir });
  tenant = api.tenant;
  worker = await startWorker();
}, 120_000);
afterAll(async () => {
  await worker.close();
  await api.close();
  await removeBundle(trainerEntry);
  await rm(folder, { recursive: true });
});

function startWorker(settings: Record<string, string> = {}): Promise<INestApplicationContext> {
  const config = loadConfig({ ...api.services.env, MODELS_DIR: modelsDir, TRAINER_THREADS: '1', ...settings });
  return NestFactory.createApplicationContext(WorkerModule.forRoot(config, { trainerEntry }), {
    logger: ['error', 'fatal'],
    abortOnError: false,
  });
}

async function bring(source: object): Promise<Model> {
  const { status, body } = await tenant.post('/v1/models', { source });
  expect([status, body.error?.message ?? null]).toEqual([201, null]);
  return ended(body.id as string);
}

/** The model when it is ready or has failed. */
async function ended(id: string): Promise<Model> {
  await tenant.bough.waitForModel(id, { everyMs: 100, timeoutMs: 30_000 }).catch(() => undefined);
  return (await tenant.get(`/v1/models/${id}`)).body as Model;
}

const card = {
  status: 'ready',
  error: null,
  progress: null,
  parameters: TINY_PARAMETERS,
  dtype: 'float32',
  has_chat_template: true,
  vocab_size: 300,
  context_length: 256,
  architecture: { family: 'llama', layers: 2, kv_heads: 2, rope_scaling: null, tie_embeddings: true },
};
const names = [
  'README.md',
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
];

test('a model in a directory of the operator’s is checked, copied and described', async () => {
  await writeFile(join(modelsDir, 'tiny', 'training_args.bin'), 'a pickle that is of no use');
  const model = await bring({ type: 'directory', path: 'tiny' });
  expect(model).toMatchObject({ ...card, source: { type: 'directory', path: 'tiny' }, commit: null });
  expect(model.files.map(({ name }) => name)).toEqual(names);
  expect(model.size_bytes).toBe(model.files.reduce((sum, { size_bytes }) => sum + size_bytes, 0));
  const [weights] = model.files.filter(({ name }) => name === 'model.safetensors');
  const stored = await api.blobs.open(weights?.sha256 ?? '').toArray();
  expect(Buffer.concat(stored as Buffer[]).equals(await readFile(join(modelsDir, 'tiny', 'model.safetensors')))).toBe(
    true,
  );
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: model.id })).toMatchObject({
    kind: 'model.import',
    slot: 'transfer',
    status: 'done',
  });
});

test.each(['qwen2', 'qwen3'] as const)('a %s model is brought in bfloat16', async (family) => {
  await writeTinyModel(join(modelsDir, family), { family, dtype: 'bfloat16' });
  const model = await bring({ type: 'directory', path: join(modelsDir, family) });
  expect(model).toMatchObject({ status: 'ready', dtype: 'bfloat16', architecture: { family } });
});

test('what cannot be trained on is refused by name', async () => {
  await writeTinyModel(join(modelsDir, 'odd'));
  const path = join(modelsDir, 'odd', 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  const refusal = async (changes: object): Promise<string | undefined> => {
    await writeFile(path, JSON.stringify({ ...config, ...changes }));
    const { status, error } = await bring({ type: 'directory', path: 'odd' });
    expect(status).toBe('failed');
    expect(error).toMatchObject({ code: 'model_unreadable', category: 'user' });
    return error?.message;
  };
  expect(await refusal({ rope_scaling: { rope_type: 'yarn', factor: 4 } })).toBe(
    'config.json: "rope_scaling" of type "yarn" is not supported, only "default" and "llama3"',
  );
  expect(await refusal({ quantization_config: { quant_method: 'gptq' } })).toContain('"quantization_config" ("gptq")');
  expect(await refusal({ model_type: 'mixtral', num_local_experts: 8 })).toContain('"model_type" "mixtral"');
  expect(await refusal({ vocab_size: 262 })).toContain('"vocab_size" 262 is smaller than the tokenizer\'s');
  expect(await refusal({ num_hidden_layers: 3 })).toContain('do not fit config.json: missing: model.layers.2.');
});

test('a path leads nowhere but into MODELS_DIR', async () => {
  const outside = join(folder, 'outside');
  await writeTinyModel(outside);
  await symlink(outside, join(modelsDir, 'link'));
  await cp(join(modelsDir, 'tiny'), join(modelsDir, 'cached'), { recursive: true });
  await rm(join(modelsDir, 'cached', 'config.json'));
  await symlink(join(outside, 'config.json'), join(modelsDir, 'cached', 'config.json'));
  const refusal = async (path: string) => (await bring({ type: 'directory', path })).error?.message;
  expect(await refusal(outside)).toContain('is not within MODELS_DIR');
  expect(await refusal('link')).toContain('link is a symbolic link that leads out of MODELS_DIR');
  expect(await refusal('cached')).toContain('config.json is a symbolic link that leads out of MODELS_DIR');
  expect(await refusal('none')).toContain('there is no directory none in MODELS_DIR');
  expect(await refusal('tiny/config.json')).toContain('tiny/config.json is not a directory');
  const { status, body } = await tenant.post('/v1/models', { source: { type: 'directory', path: 'tiny/../../x' } });
  expect([status, body.error.message]).toEqual([422, 'This cannot run: source.path: must not contain `..`']);
  await mkdir(join(modelsDir, 'empty'));
  expect(await refusal('empty')).toContain('there is no config.json');
});

test('without MODELS_DIR the source is refused with what to set', async () => {
  const other = await ApiHarness.open();
  const { status, body } = await other.tenant.post('/v1/models', { source: { type: 'directory', path: 'tiny' } });
  expect([status, body.error.message]).toEqual([422, expect.stringContaining('the operator must set MODELS_DIR')]);
  await other.close();
});
