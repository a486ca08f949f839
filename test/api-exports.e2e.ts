/** Exports over HTTP, written by a worker with the real trainer: what comes out is read back. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Export } from '../openapi/client.js';
import { loadConfig } from '../src/config/config.js';
import { readModelDirectory } from '../src/engine/io/model-directory.js';
import { readSafetensors, SafetensorsFile, writeSafetensors } from '../src/engine/io/safetensors.js';
import { Tokenizer } from '../src/engine/io/tokenizer.js';
import { recordBlob } from '../src/store/blobs/record-blob.js';
import { sweepBlobs } from '../src/store/blobs/sweep-blobs.js';
import { Export as ExportRow } from '../src/store/entities/export.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
import { Model } from '../src/store/entities/model.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRow } from '../src/store/insert-row.js';
import { createJob } from '../src/store/jobs.js';
import { WorkerModule } from '../src/worker.module.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';
import { bundleTrainer, removeBundle } from './support/trainer-bundle.js';

let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
let worker: INestApplicationContext;
let trainerEntry: string;
let folder: string;
let model: string;
let demonstrations: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-exports-'));
  trainerEntry = await bundleTrainer();
  api = await ApiHarness.open();
  tenant = api.tenant;
  rows = new ApiRows(api.dataSource, tenant.projectId);
  const config = loadConfig({ ...api.services.env, LOG_LEVEL: 'error', TRAINER_THREADS: '1' });
  const module = WorkerModule.forRoot(config, { trainerEntry });
  worker = await NestFactory.createApplicationContext(module, { logger: ['error', 'fatal'], abortOnError: false });

  const lines = ['Lima', 'Oslo', 'Rome', 'Bern'].map((city) =>
    JSON.stringify({
      messages: [
        { role: 'user', content: `Where is ${city}?` },
        { role: 'assistant', content: city },
      ],
    }),
  );
  const dataset = await tenant.bough.uploadDataset(new Blob([lines.join('\n')]), { kind: 'sft', name: 'cities' });
  demonstrations = dataset.id;
  const architecture = { layers: 2, hidden_size: 32, heads: 4, kv_heads: 2, ffn_size: 64 };
  const tokenizer = { train: { dataset: dataset.id, vocab_size: 300, added_tokens: ['<search>'] } };
  const made = await tenant.post('/v1/models', { name: 'tiny', source: { type: 'random', architecture, tokenizer } });
  model = made.body.id;
});
afterAll(async () => {
  await worker.close();
  await api.close();
  await removeBundle(trainerEntry);
  await rm(folder, { recursive: true });
});

/** Asks for an export and waits until it is ready. */
async function exported(spec: { model: string; format: string; dtype?: string }): Promise<Export> {
  const { status, body } = await tenant.post('/v1/exports', spec);
  expect([status, body.error]).toEqual([201, null]);
  return tenant.bough.waitForExport(body.id, { everyMs: 100 });
}

async function saved(exportId: string): Promise<string> {
  const directory = await mkdtemp(join(folder, 'saved-'));
  await tenant.bough.saveExport(exportId, directory);
  return directory;
}

const json = async (directory: string, name: string) =>
  JSON.parse(await readFile(join(directory, name), 'utf8')) as Record<string, unknown>;

describe('an export of a model', () => {
  test('waits for the model, and is a Hugging Face directory in the type asked for', async () => {
    const asked = await tenant.post('/v1/exports', { model, format: 'huggingface', dtype: 'bfloat16' });
    expect(asked.body).toMatchObject({
      object: 'export',
      status: 'processing',
      files: [],
      size_bytes: null,
      error: null,
    });
    const done = await tenant.bough.waitForExport(asked.body.id, { everyMs: 100 });
    expect(done).toMatchObject({ model, format: 'huggingface', dtype: 'bfloat16', status: 'ready' });
    expect(done.files.map(({ name }) => name)).toEqual([
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    expect(done.size_bytes).toBe(done.files.reduce((sum, file) => sum + file.size_bytes, 0));

    const directory = await saved(done.id);
    const weights = await SafetensorsFile.open(join(directory, 'model.safetensors'));
    expect(new Set([...weights.entries.values()].map(({ dtype }) => dtype))).toEqual(new Set(['BF16']));
    await weights.close();
    expect(await json(directory, 'config.json')).toMatchObject({ torch_dtype: 'bfloat16', model_type: 'llama' });
    expect(await json(directory, 'tokenizer_config.json')).toMatchObject({
      tokenizer_class: 'PreTrainedTokenizerFast',
    });
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toContain('# tiny\n');
    expect((await readModelDirectory(directory)).config.layers).toBe(2);
    expect((await Tokenizer.load(directory)).tokenId('<search>')).toBeGreaterThan(0);
  });

  test('in float16 is refused with the tensor that it cannot hold, and with a type that its format has', async () => {
    const whole = await exported({ model, format: 'huggingface' });
    const directory = await saved(whole.id);
    const path = join(directory, 'model.safetensors');
    const tensors = await readSafetensors(path);
    tensors.get('model.norm.weight')!.data[3] = 70_000;
    tensors.get('model.layers.0.mlp.up_proj.weight')!.data[5] = 70_000;
    await writeSafetensors(path, tensors);
    const files = [];
    for (const name of await readdir(directory)) {
      const { sha256, sizeBytes } = await api.blobs.put(join(directory, name));
      files.push({ name, sha256, size_bytes: sizeBytes });
    }
    const { id } = await insertRow(api.dataSource.manager, Model, {
      ...(await api.dataSource.manager.findOneByOrFail(Model, { id: model })),
      id: newId('model'),
      files,
    });
    await expect(exported({ model: id, format: 'huggingface', dtype: 'float16' })).rejects.toMatchObject({
      code: 'float16_overflow',
      message: expect.stringMatching(
        /^tensor "model\..+" holds 70000 at index [35], and float16 ends at 65504: use bfloat16 or float32$/,
      ) as string,
    });
    await expect(exported({ model: id, format: 'onnx', dtype: 'float16' })).rejects.toMatchObject({
      code: 'float16_overflow',
      message:
        'tensor "model.layers.0.mlp.up_proj.weight" holds 70000 at index 5, and float16 ends at 65504: use float32',
    });
    expect((await exported({ model: id, format: 'huggingface', dtype: 'bfloat16' })).status).toBe('ready');
  });

  test('for ONNX has the graph beside the files that its runtimes read', async () => {
    const { files } = await exported({ model, format: 'onnx' });
    const names = files.map(({ name }) => name);
    for (const name of ['README.md', 'config.json', 'onnx/model.onnx', 'tokenizer.json']) expect(names).toContain(name);
    expect(names).not.toContain('model.safetensors');
  });
});

describe('an export of a checkpoint', () => {
  let withAdapter: string;
  let plain: string;
  beforeAll(async () => {
    const imported = await insertRow(api.dataSource.manager, Model, {
      ...(await api.dataSource.manager.findOneByOrFail(Model, { id: model })),
      id: newId('model'),
      name: 'imported',
      source: { type: 'huggingface', repo: 'org/tiny', revision: 'main', authenticated: false },
    });
    const train = async (from: string, training: object) => {
      const spec = {
        method: 'sft',
        name: 'cities',
        model: from,
        dataset: demonstrations,
        training: { steps: 2, ...training },
      };
      const { status, body } = await tenant.post('/v1/runs', spec);
      expect([status, body.error]).toEqual([201, null]);
      const run = await tenant.bough.waitForRun(body.id, { everyMs: 100 });
      expect(run).toMatchObject({ status: 'succeeded', error: null });
      const list = await tenant.get(`/v1/runs/${run.id}/checkpoints`);
      return list.body.data[0].id as string;
    };
    withAdapter = await train(imported.id, { adapter: { type: 'lora', rank: 2 } });
    plain = await train(withAdapter, {});
  });

  test('leaves out what only a run needs, and says how it was trained, and from what in the beginning', async () => {
    const { id, files } = await exported({ model: plain, format: 'huggingface' });
    expect(files.map(({ name }) => name)).not.toContain('optimizer.safetensors');
    const directory = await saved(id);
    const card = await readFile(join(directory, 'README.md'), 'utf8');
    for (const said of [
      'base_model: "org/tiny"',
      `(as \`${withAdapter}\`, cities, step 2)`,
      'library_name: transformers',
      '# cities, step 2',
      '| method | sft |',
      `\`${plain}\` as`,
    ]) {
      expect(card).toContain(said);
    }
    const checkpoint = await mkdtemp(join(folder, 'checkpoint-'));
    await tenant.bough.saveCheckpoint(plain, checkpoint);
    expect(await readFile(join(checkpoint, 'README.md'), 'utf8')).toContain('| dataset | cities (');
    const [before, after] = [await readModelDirectory(checkpoint), await readModelDirectory(directory)];
    expect(after.parameters).toEqual(before.parameters);
  });

  test('as an adapter is the directory that PEFT loads', async () => {
    const { id, files } = await exported({ model: withAdapter, format: 'peft', dtype: 'bfloat16' });
    expect(files.map(({ name }) => name)).toEqual([
      'README.md',
      'adapter_config.json',
      'adapter_model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const directory = await saved(id);
    expect(await json(directory, 'adapter_config.json')).toMatchObject({
      peft_type: 'LORA',
      r: 2,
      base_model_name_or_path: 'org/tiny',
    });
    const weights = await SafetensorsFile.open(join(directory, 'adapter_model.safetensors'));
    expect(weights.entries.get('base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight')).toMatchObject({
      dtype: 'BF16',
      shape: [2, 32],
    });
    await weights.close();
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toContain('library_name: peft');
  });

  test('as an adapter is refused when it was trained without one', async () => {
    const { status, body } = await tenant.post('/v1/exports', { model: plain, format: 'peft' });
    expect({ status, ...body.error }).toMatchObject({
      status: 422,
      param: 'format',
      problems: [{ path: 'format', message: `${plain} was trained without an adapter; use huggingface` }],
    });
  });
});

test.each([
  [{ format: 'peft' }, 422, 'format: {model} is a model and has no adapter; use huggingface'],
  [
    { format: 'onnx', dtype: 'bfloat16' },
    422,
    'dtype: bfloat16 is not supported by the runtimes of onnx; use float32 or float16',
  ],
  [{ model: 'mdl_none', format: 'huggingface' }, 422, 'model: no such model: mdl_none'],
  [{ model: 'ckpt_none', format: 'peft' }, 422, 'model: no such checkpoint: ckpt_none'],
  [{ model: 'ds_1', format: 'huggingface' }, 400, 'model: must be a model id (mdl_…) or a checkpoint id (ckpt_…)'],
  [{ format: 'gguf' }, 400, 'format: expected one of huggingface, onnx, peft'],
  [{ format: 'huggingface', dtype: 'int8' }, 400, 'dtype: expected one of float32, bfloat16, float16'],
  [{ format: 'huggingface', quantize: true }, 400, 'quantize: unknown field'],
])('%j is refused with %i', async (spec, status, message) => {
  const answer = await tenant.post('/v1/exports', { model, ...spec });
  expect(answer.status).toBe(status);
  expect(answer.body.error.message).toContain(message.replace('{model}', model));
});

describe('the resource', () => {
  const files = { 'config.json': '{}', 'onnx/model.onnx': 'x'.repeat(1000) };
  let ready: ExportRow;
  beforeAll(async () => {
    const stored = [];
    for (const [name, content] of Object.entries(files)) {
      const { sha256, sizeBytes } = await api.blobs.put(Readable.from([Buffer.from(content)]));
      stored.push({ name, sha256, size_bytes: sizeBytes });
    }
    ready = await add({ status: 'ready', files: stored, sizeBytes: 1002 });
  });

  const add = async (fields: Partial<ExportRow>) => {
    const { manager } = api.dataSource;
    const { projectId } = tenant;
    const row = await insertRow(manager, ExportRow, {
      id: newId('export'),
      projectId,
      modelId: 'mdl_elsewhere',
      format: 'onnx',
      dtype: 'float32',
      ...fields,
    });
    for (const { sha256, size_bytes: sizeBytes } of fields.files ?? [])
      await recordBlob(manager, row.id, { sha256, sizeBytes });
    if (row.status === 'processing')
      await createJob(manager, projectId, { kind: 'model.export', subjectId: row.id, uses: [row.modelId] });
    return row;
  };

  test('is listed by model and status', async () => {
    const failed = await add({ status: 'failed', error: { code: 'x', message: 'no', category: 'user' } });
    const list = async (query: string) =>
      (await tenant.get(`/v1/exports?model=mdl_elsewhere${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await list('')).toEqual([failed.id, ready.id]);
    expect(await list('&status=ready')).toEqual([ready.id]);
    expect(await list('&status=processing')).toEqual([]);
    expect(await list(`&after=${failed.id}&limit=1`)).toEqual([ready.id]);
    const byOther = await (await api.anotherTenant('lister')).get('/v1/exports');
    expect(byOther.body.data).toEqual([]);
  });

  test('gives its files whole, in part and as an archive', async () => {
    const path = `/v1/exports/${ready.id}/files/onnx/model.onnx`;
    expect((await tenant.get(path)).body).toBe(files['onnx/model.onnx']);
    const part = await tenant.get(path, { range: 'bytes=990-' });
    expect([part.status, part.body, part.headers.get('content-range')]).toEqual([
      206,
      'x'.repeat(10),
      'bytes 990-999/1000',
    ]);
    expect((await tenant.get(`/v1/exports/${ready.id}/files/none`)).body.error.message).toBe(
      'No such export file: none',
    );
    const response = await fetch(`${api.url}/v1/exports/${ready.id}/archive`, {
      headers: { authorization: `Bearer ${tenant.key}` },
    });
    const tar = extract();
    Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]).pipe(tar);
    const names: string[] = [];
    for await (const entry of tar) {
      names.push(entry.header.name);
      entry.resume();
    }
    expect(names).toEqual([`${ready.id}/config.json`, `${ready.id}/onnx/model.onnx`]);
  });

  test('has no files before it is ready', async () => {
    const { id } = await add({ status: 'processing' });
    const refusal = async (path: string) => {
      const { status, body, headers } = await tenant.get(`/v1/exports/${path}`);
      return [status, headers.get('x-should-retry'), body.error.code, body.error.message];
    };
    const wait = `Export ${id} is processing: wait until it is ready`;
    expect(await refusal(`${id}/archive`)).toEqual([409, 'true', 'export_not_ready', wait]);
    await expect(saved(id)).rejects.toMatchObject({ code: 'export_not_ready', message: wait });
    const error = { code: 'trainer_failed', message: 'the trainer died', category: 'server' as const };
    const failed = await add({ status: 'failed', error });
    const again = `Export ${failed.id} has failed: its error says why; make another one`;
    expect(await refusal(`${failed.id}/files/config.json`)).toEqual([409, 'false', 'export_failed', again]);
    await expect(saved(failed.id)).rejects.toMatchObject({ code: 'trainer_failed', message: 'the trainer died' });
  });

  test('keeps what it is made from from being deleted, and its own bytes from being swept away', async () => {
    const run = await rows.run('succeeded');
    const checkpoint = await rows.checkpoint(run.id, api.blobs, files);
    const { id } = await add({ modelId: checkpoint.id, status: 'processing' });
    const refused = await tenant.delete(`/v1/checkpoints/${checkpoint.id}`);
    expect(refused.body.error).toMatchObject({
      code: 'checkpoint_in_use',
      message: expect.stringContaining(id) as string,
    });
    expect((await tenant.delete(`/v1/exports/${id}`)).body).toEqual({ id, object: 'export', deleted: true });
    expect((await tenant.delete(`/v1/checkpoints/${checkpoint.id}`)).status).toBe(200);
    await sweepBlobs(api.dataSource.manager, api.blobs, -1000);
    expect((await tenant.get(`/v1/exports/${ready.id}/files/config.json`)).body).toBe('{}');
    await tenant.delete(`/v1/exports/${ready.id}`);
    await sweepBlobs(api.dataSource.manager, api.blobs, -1000);
    expect(await api.blobs.has(ready.files[1]!.sha256)).toBe(false);
  });

  test('is nobody else’s', async () => {
    const other = await api.anotherTenant('stranger');
    const { id } = await add({ status: 'ready' });
    for (const path of ['', '/archive', '/files/config.json']) {
      expect((await other.get(`/v1/exports/${id}${path}`)).body.error.message).toBe(`No such export: ${id}`);
    }
    expect((await other.delete(`/v1/exports/${id}`)).status).toBe(404);
    const foreign = await other.post('/v1/exports', { model, format: 'huggingface' });
    expect(foreign.body.error.message).toContain(`no such model: ${model}`);
  });

  test('stops being written when it is deleted', async () => {
    const { body } = await tenant.post('/v1/exports', { model, format: 'huggingface' });
    expect((await tenant.delete(`/v1/exports/${body.id}`)).status).toBe(200);
    expect((await tenant.get(`/v1/exports/${body.id}`)).status).toBe(404);
    await expect
      .poll(async () => (await api.dataSource.manager.findOneBy(Job, { subjectId: body.id }))?.status, {
        timeout: 20_000,
      })
      .toBe('cancelled');
  });
});
