/** Models brought from outside: the API, a worker with the real trainer, and whatever models are brought from. */
import { createReadStream } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Model } from '../openapi/client.js';
import { loadConfig } from '../src/config/config.js';
import { AppError } from '../src/errors/app-error.js';
import { OneTimeSecrets } from '../src/queue/one-time-secrets.js';
import { Job } from '../src/store/entities/job.entity.js';
import { WorkerModule } from '../src/worker.module.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { COMMIT, HubServer } from './support/hub-server.js';
import { TINY_PARAMETERS, writeTinyModel } from './support/tiny-model.js';
import { bundleTrainer, removeBundle } from './support/trainer-bundle.js';

let folder: string;
let modelsDir: string;
let trainerEntry: string;
let api: ApiHarness;
let tenant: Tenant;
let worker: INestApplicationContext;
let hub: HubServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-models-'));
  modelsDir = join(folder, 'models');
  await writeTinyModel(join(modelsDir, 'tiny'));
  trainerEntry = await bundleTrainer();
  api = await ApiHarness.open({ MODELS_DIR: modelsDir });
  tenant = api.tenant;
  hub = await HubServer.open({ folder: join(modelsDir, 'tiny'), repo: 'owner/tiny' });
  worker = await startWorker();
}, 120_000);
afterAll(async () => {
  await worker.close();
  hub.close();
  await api.close();
  await removeBundle(trainerEntry);
  await rm(folder, { recursive: true });
});

function startWorker(hfEndpoint = hub.url): Promise<INestApplicationContext> {
  const settings = { MODELS_DIR: modelsDir, HF_ENDPOINT: hfEndpoint, TRAINER_THREADS: '1' };
  const config = loadConfig({ ...api.services.env, ...settings });
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
  warnings: [],
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
  const weights = model.files.find(({ name }) => name === 'model.safetensors');
  const stored = await api.blobs.open(weights?.sha256 ?? '').toArray();
  expect(Buffer.concat(stored as Buffer[]).equals(await readFile(join(modelsDir, 'tiny', 'model.safetensors')))).toBe(
    true,
  );
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: model.id })).toMatchObject({
    kind: 'model.import',
    lane: 'transfer',
    status: 'done',
  });
});

test.each(['qwen2', 'qwen3'] as const)('a %s model is brought in bfloat16', async (family) => {
  await writeTinyModel(join(modelsDir, family), { family, dtype: 'bfloat16' });
  const model = await bring({ type: 'directory', path: join(modelsDir, family) });
  expect(model).toMatchObject({ status: 'ready', dtype: 'bfloat16', architecture: { family } });
});

test.each(['llama', 'qwen2', 'qwen3'] as const)('a new %s model is made', async (family) => {
  const rows = ['Lima is the capital of Peru', 'Oslo is the capital of Norway'].map((text) => JSON.stringify({ text }));
  const dataset = await tenant.bough.uploadDataset(new Blob([rows.join('\n')]), { kind: 'corpus' });
  const model = await bring({
    type: 'random',
    architecture: { family, layers: 1, hidden_size: 32, heads: 4, kv_heads: 2, ffn_size: 48 },
    tokenizer: { train: { dataset: dataset.id, vocab_size: 3000 } },
  });
  expect(model).toMatchObject({
    status: 'ready',
    error: null,
    dtype: 'float32',
    has_chat_template: true,
    warnings: [
      expect.stringMatching(
        /^The tokenizer has \d{3} tokens and not the 3000 that were asked for: there is nothing more/,
      ),
    ],
    architecture: { family, layers: 1, head_dim: 8, max_positions: 4096 },
  });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: model.id })).toMatchObject({ kind: 'model.create' });
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

test('a chat template that does not end is the model’s fault, and is not tried again', async () => {
  await writeTinyModel(join(modelsDir, 'endless'));
  const path = join(modelsDir, 'endless', 'tokenizer_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  const loop = (body: string) => `{% for x in range(99999) %}${body}{% endfor %}`;
  await writeFile(path, JSON.stringify({ ...config, chat_template: loop(loop(loop(''))) }));
  const { id, error } = await bring({ type: 'directory', path: 'endless' });
  expect(error).toEqual({
    code: 'model_unreadable',
    message: 'the chat template or tokenizer did not finish in 5 s: simplify it',
    category: 'user',
  });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: id })).toMatchObject({ attempts: 1 });
});

test('a chat template that fills the memory is the model’s fault, and is not tried again', async () => {
  await writeTinyModel(join(modelsDir, 'greedy'));
  const path = join(modelsDir, 'greedy', 'tokenizer_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  const chat_template = '{% for x in range(99999999) %}{% endfor %}';
  await writeFile(path, JSON.stringify({ ...config, chat_template }));
  vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=100');
  const { id, error } = await bring({ type: 'directory', path: 'greedy' }).finally(() => vi.unstubAllEnvs());
  expect(error).toEqual({
    code: 'model_unreadable',
    message: 'the chat template or tokenizer needs more memory than there is: simplify it',
    category: 'user',
  });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: id })).toMatchObject({ attempts: 1 });
});

test('a model that is deleted while it is brought is not brought', async () => {
  const slow = await HubServer.open({ folder: join(modelsDir, 'tiny'), repo: 'owner/tiny' });
  slow.interfere = (name) => name === 'network';
  await worker.close();
  worker = await startWorker(slow.url);
  const { body } = await tenant.post('/v1/models', { source: { type: 'huggingface', repo: 'owner/tiny' } });
  await expect.poll(() => slow.asked.some(({ server }) => server === 'network'), { timeout: 30_000 }).toBe(true);
  // Of the weights nothing has come: so far only the small files were counted.
  const progress = async () => (await tenant.get(`/v1/models/${body.id}`)).body.progress;
  await expect.poll(progress).toEqual({ bytes: expect.any(Number) as number, total_bytes: null });
  expect((await tenant.delete(`/v1/models/${body.id}`)).body).toEqual({ id: body.id, object: 'model', deleted: true });
  const job = () => api.dataSource.manager.findOneByOrFail(Job, { subjectId: body.id });
  await expect.poll(async () => (await job()).status, { timeout: 20_000 }).toBe('cancelled');
  expect((await tenant.get(`/v1/models/${body.id}`)).status).toBe(404);
  slow.close();
  await worker.close();
  worker = await startWorker();
});

test('a path leads nowhere but into MODELS_DIR', async () => {
  const outside = join(folder, 'outside');
  await writeTinyModel(outside);
  await symlink(outside, join(modelsDir, 'link'));
  await cp(join(modelsDir, 'tiny'), join(modelsDir, 'cached'), { recursive: true });
  await rm(join(modelsDir, 'cached', 'config.json'));
  await symlink(join(outside, 'config.json'), join(modelsDir, 'cached', 'config.json'));
  const refusal = async (path: string) => (await bring({ type: 'directory', path })).error?.message;
  for (const path of [outside, '/etc']) {
    const { status, body } = await tenant.post('/v1/models', { source: { type: 'directory', path } });
    expect([status, body.error.problems[0]]).toEqual([
      422,
      { path: 'source.path', message: expect.stringContaining('is not within MODELS_DIR: give a path within it') },
    ]);
  }
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

/** A tar of a folder's files, each under the prefix. */
async function tarOf(directory: string, prefix = ''): Promise<Buffer> {
  const tar = pack();
  const fill = async () => {
    for (const name of await readdir(directory)) {
      const size = (await readFile(join(directory, name))).length;
      await pipeline(createReadStream(join(directory, name)), tar.entry({ name: `${prefix}${name}`, size }));
    }
    tar.finalize();
  };
  void fill();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function formOf(archive: Buffer, fields: Record<string, string> = {}): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(archive)]), 'tiny.tar.gz');
  return form;
}

test('an archive is uploaded, and only its files are kept', async () => {
  await writeTinyModel(join(folder, 'packed'));
  const archive = gzipSync(await tarOf(join(folder, 'packed'), 'some-model/'));
  const fields = { 'metadata[team]': 'search', source: '{"type":"upload"}' };
  const headers = { 'idempotency-key': 'upload-1' };
  const { status, body } = await tenant.send('POST', '/v1/models', formOf(archive, fields), headers);
  expect([status, body.name, body.status]).toEqual([201, 'tiny.tar.gz', 'processing']);
  const model = await ended(body.id as string);
  expect(model).toMatchObject({ ...card, source: { type: 'upload' }, metadata: { team: 'search' } });
  expect(model.files.map(({ name }) => name)).toEqual(names);
  const rows = await api.dataSource.query('SELECT archive_sha256 FROM models WHERE id = $1', [model.id]);
  expect(rows).toEqual([{ archive_sha256: null }]);
  const again = await tenant.send('POST', '/v1/models', formOf(archive, fields), headers);
  expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([model.id, 'true']);
});

test('the client packs a directory on its way', async () => {
  await mkdir(join(folder, 'cache'));
  for (const name of await readdir(join(folder, 'packed'))) {
    await symlink(join(folder, 'packed', name), join(folder, 'cache', name));
  }
  await writeFile(join(folder, 'cache', 'optimizer.pt'), 'a pickle that stays where it is');
  const { id } = await tenant.bough.uploadModel(join(folder, 'cache'), { metadata: { team: 'search' } });
  const model = await tenant.bough.waitForModel(id);
  expect(model).toMatchObject({ ...card, name: 'cache', metadata: { team: 'search' } });
  expect(model.files.map(({ name }) => name)).toEqual(names);
});

test('an archive of pickles, or without a model, is refused by name', async () => {
  const refusal = async (archive: Buffer) => {
    const { body } = await tenant.send('POST', '/v1/models', formOf(archive));
    return (await ended(body.id as string)).error?.message;
  };
  await cp(join(folder, 'packed'), join(folder, 'pickled'), { recursive: true });
  await writeFile(join(folder, 'pickled', 'pytorch_model.bin'), 'x');
  const beside = await tenant.send('POST', '/v1/models', formOf(await tarOf(join(folder, 'pickled'))));
  const model = await ended(beside.body.id as string);
  expect([model.error, model.files.map(({ name }) => name)]).toEqual([null, names]);
  await rm(join(folder, 'pickled', 'model.safetensors'));
  expect(await refusal(await tarOf(join(folder, 'pickled')))).toContain('pytorch_model.bin is a pickle');
  expect(await refusal(await tarOf(join(folder, 'packed'), 'a/b/'))).toContain('there is no config.json');
  expect(await refusal(Buffer.from('not a tar'.repeat(100)))).toContain('it is not a tar');
  const json = await tenant.post('/v1/models', { source: { type: 'upload' } });
  expect([json.status, json.body.error.message]).toEqual([
    422,
    'This cannot run: source.type: send the archive as multipart/form-data, in the field `file`',
  ]);
  const unknown = await tenant.send('POST', '/v1/models', formOf(Buffer.alloc(0), { repo: 'a/b' }));
  expect([unknown.status, unknown.body.error.param]).toEqual([400, 'repo']);
  expect((await tenant.send('POST', '/v1/models')).body.error.message).toBe(
    'send a JSON body, or an archive as multipart/form-data',
  );
});

test('a repository of a hub is brought at the commit that its revision is', async () => {
  const model = await bring({ type: 'huggingface', repo: 'owner/tiny' });
  const source = { type: 'huggingface', repo: 'owner/tiny', revision: 'main', authenticated: false };
  expect(model).toMatchObject({ ...card, source, commit: COMMIT });
  expect(model.files.map(({ name }) => name)).toEqual(names);
  const paths = hub.asked.map(({ path }) => path);
  expect(paths.filter((path) => path.includes('training_args'))).toEqual([]);
  const missing = await bring({ type: 'huggingface', repo: 'owner/none' });
  expect(missing.error).toMatchObject({ code: 'model_unreadable', message: expect.stringContaining('owner/none') });
  const { body } = await tenant.post('/v1/models', { source: { type: 'huggingface', repo: '../x', token: 'a b' } });
  expect(body.error.problems).toEqual([
    { path: 'source.repo', message: 'must name a repository, as in owner/name' },
    { path: 'source.token', message: 'must be printable characters without spaces' },
  ]);
  for (const revision of ['..', '.', '../../models/other', 'refs/../main', 'main/.']) {
    const answer = await tenant.post('/v1/models', { source: { type: 'huggingface', repo: 'a/b', revision } });
    expect(answer.body.error.problems).toEqual([
      { path: 'source.revision', message: 'must be a branch, a tag or a commit' },
    ]);
  }
});

test('what is refused for its configuration is refused before its weights are downloaded', async () => {
  await writeTinyModel(join(modelsDir, 'yarn'));
  const path = join(modelsDir, 'yarn', 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, rope_scaling: { rope_type: 'yarn', factor: 4 } }));
  const other = await HubServer.open({ folder: join(modelsDir, 'yarn'), repo: 'owner/yarn' });
  await worker.close();
  worker = await startWorker(other.url);
  const { error } = await bring({ type: 'huggingface', repo: 'owner/yarn' });
  expect(error?.message).toContain('"rope_scaling" of type "yarn" is not supported');
  expect(other.asked.filter(({ path: asked }) => asked.includes('safetensors'))).toEqual([]);
  other.close();
});

/** Whether a text is anywhere in PostgreSQL or Redis. */
async function isKept(text: string): Promise<string[]> {
  const tables = await api.dataSource.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  const places: string[] = [];
  for (const { name } of tables) {
    const rows = await api.dataSource.query<unknown[]>(`SELECT FROM "${name}" AS t WHERE t::text LIKE $1`, [
      `%${text}%`,
    ]);
    if (rows.length > 0) places.push(name);
  }
  const redis = new Redis(api.services.redisUrl);
  for (const key of await redis.keys('*')) {
    const dump = (await redis.dump(key)) as unknown as string | null;
    if (`${key} ${dump}`.includes(text)) places.push(key);
  }
  redis.disconnect();
  return places;
}

test('a token opens a repository, once, and is kept nowhere', async () => {
  const token = 'hf_aVerySecretToken';
  const closed = await HubServer.open({ folder: join(modelsDir, 'tiny'), repo: 'owner/tiny', token });
  await worker.close();
  const source = { type: 'huggingface', repo: 'owner/tiny', revision: 'refs/pr/1', token };
  const headers = { 'idempotency-key': 'token-1' };
  const { status, body } = await tenant.post('/v1/models', { source }, headers);
  const shown = { type: 'huggingface', repo: 'owner/tiny', revision: 'refs/pr/1', authenticated: true };
  expect([status, body.source]).toEqual([201, shown]);
  // While nobody has taken it, Redis holds what only the key in the job's row opens.
  const redis = new Redis(api.services.redisUrl);
  expect(await redis.exists(`bough:secret:${body.id}`)).toBe(1);
  expect(await isKept(token)).toEqual([]);
  expect(await isKept('refs/pr/1')).toContain('models');

  worker = await startWorker(closed.url);
  const model = await ended(body.id as string);
  expect(model).toMatchObject({ ...card, source: shown, commit: COMMIT });
  expect(closed.asked.filter(({ server }) => server === 'network').map(({ authorization }) => authorization)).toEqual([
    undefined,
  ]);
  expect(await redis.exists(`bough:secret:${body.id}`)).toBe(0);
  expect(await isKept(token)).toEqual([]);
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: model.id })).toMatchObject({ secretKey: null });

  const again = await tenant.post('/v1/models', { source: { ...source, token: 'hf_another' } }, headers);
  expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([model.id, 'true']);
  const without = await bring({ type: 'huggingface', repo: 'owner/tiny' });
  expect(without.error?.message).toContain('or it is private: check the name, or give a token');
  const wrong = await bring({ type: 'huggingface', repo: 'owner/tiny', token: 'hf_wrong' });
  expect(wrong.error?.message).toContain('or the token may not read it');
  expect(await isKept('hf_wrong')).toEqual([]);

  await worker.close();
  const late = await tenant.post('/v1/models', { source });
  const retried = await tenant.post('/v1/models', { source });
  for (const { body: one } of [late, retried]) await redis.del(`bough:secret:${one.id}`);
  const died = { code: 'trainer_failed', message: 'The trainer failed: it died' };
  await api.dataSource.manager.update(Job, { subjectId: retried.body.id }, { error: died });
  worker = await startWorker(closed.url);
  const spent = 'The token was used, or has expired while the model was queued, and is not kept: post the model again';
  expect((await ended(late.body.id as string)).error).toEqual({
    code: 'token_spent',
    message: spent,
    category: 'user',
  });
  expect((await ended(retried.body.id as string)).error?.message).toBe(
    `${spent}. The attempt before ended with: ${died.message}`,
  );
  const away = vi
    .spyOn(worker.get(OneTimeSecrets, { strict: false }), 'take')
    .mockRejectedValueOnce(new AppError('NOT_READY', { waitingFor: ['Redis'] }));
  expect(await bring(source)).toMatchObject(card);
  expect(away).toHaveBeenCalledTimes(2);
  redis.disconnect();
  closed.close();
});
