import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TINY_PARAMETERS, writeTinyModel } from '../../../test/support/tiny-model.js';
import { readSafetensors, writeSafetensors, type WritableTensor } from '../../engine/io/safetensors.js';
import { examineModel } from './check-model.js';

let root: string;
let directory: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bough-check-'));
  await writeTinyModel(join(root, 'good'));
});
beforeEach(async () => {
  directory = await mkdtemp(join(root, 'model-'));
  await cp(join(root, 'good'), directory, { recursive: true });
});
afterEach(() => rm(directory, { recursive: true }));
afterAll(() => rm(root, { recursive: true }));

type Json = Record<string, unknown>;

async function change(name: string, edit: (json: Json) => void): Promise<void> {
  const path = join(directory, name);
  const json = JSON.parse(await readFile(path, 'utf8')) as Json;
  edit(json);
  await writeFile(path, JSON.stringify(json));
}

test('a model is described by its files', async () => {
  expect(await examineModel(directory)).toEqual({
    architecture: {
      family: 'llama',
      layers: 2,
      hidden_size: 32,
      heads: 4,
      kv_heads: 2,
      head_dim: 8,
      ffn_size: 48,
      rope_theta: 10_000,
      rope_scaling: null,
      rms_norm_eps: 1e-5,
      tie_embeddings: true,
      max_positions: 256,
    },
    parameters: TINY_PARAMETERS,
    dtype: 'float32',
    vocab_size: 300,
    context_length: 256,
    has_chat_template: true,
    warnings: [],
  });
});

test('the rotary scaling of Llama 3 and a missing chat template are said', async () => {
  const scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 };
  await change('config.json', (json) => (json['rope_scaling'] = { rope_type: 'llama3', ...scaling }));
  await change('tokenizer_config.json', (json) => delete json['chat_template']);
  const { original_max_position_embeddings: original_max_positions, ...rest } = scaling;
  expect(await examineModel(directory)).toMatchObject({
    architecture: { rope_scaling: { type: 'llama3', ...rest, original_max_positions } },
    has_chat_template: false,
  });
});

test('weights of two element types are mixed, and of types that are no floats refused', async () => {
  const path = join(directory, 'model.safetensors');
  const tensors: Map<string, WritableTensor> = await readSafetensors(path);
  const norm = tensors.get('model.norm.weight')!;
  await writeSafetensors(path, tensors.set('model.norm.weight', { ...norm, dtype: 'BF16' }));
  expect((await examineModel(directory)).dtype).toBe('mixed');
  await writeSafetensors(path, tensors.set('model.norm.weight', { shape: [32], data: new Int32Array(32) }));
  await expect(examineModel(directory)).rejects.toThrow('not floating point: model.norm.weight is I32');
});

test('an end of answers that only special_tokens_map.json names is enough', async () => {
  await change('tokenizer_config.json', (json) => delete json['eos_token']);
  for (const name of ['config.json', 'generation_config.json']) {
    await change(name, (json) => (json['eos_token_id'] = null));
  }
  await writeFile(join(directory, 'special_tokens_map.json'), '{"eos_token":"<eos>"}');
  expect(await examineModel(directory)).toMatchObject({ has_chat_template: true });
});

test('a special token that is no token is said, where another one ends an answer', async () => {
  await change('tokenizer_config.json', (json) => Object.assign(json, { bos_token: '<s>', eos_token: '</s>' }));
  const about = async () => (await examineModel(directory)).warnings;
  expect(await about()).toEqual([
    expect.stringMatching(/^"eos_token" "<\/s>" is no token of tokenizer\.json: an answer ends with ".+" alone$/),
  ]);
  await change(
    'tokenizer_config.json',
    (json) => (json['chat_template'] = `{{ bos_token }}${String(json['chat_template'])}`),
  );
  expect(await about()).toContain('"bos_token" "<s>" is no token of tokenizer.json: in a prompt it is plain text');
});

test('what a model lacks without its tokenizer_config.json is said', async () => {
  const config = JSON.parse(await readFile(join(directory, 'tokenizer_config.json'), 'utf8')) as Json;
  await rm(join(directory, 'tokenizer_config.json'));
  const about = async () => (await examineModel(directory)).warnings;
  await rm(join(directory, 'special_tokens_map.json'), { force: true });
  await rm(join(directory, 'chat_template.jinja'), { force: true });
  expect(await about()).toEqual([
    'There is no tokenizer_config.json, and the model has no chat template, so that it cannot be asked anything, and no names of special tokens such as bos_token',
  ]);
  await writeFile(join(directory, 'chat_template.jinja'), String(config['chat_template']));
  await writeFile(join(directory, 'special_tokens_map.json'), '{"eos_token": "<eos>"}');
  expect(await about()).toEqual([]);
});

test.each<[string, string, (json: Json) => void, string]>([
  [
    'a small vocabulary',
    'config.json',
    (j) => (j['vocab_size'] = 260),
    '"vocab_size" 260 is smaller than the tokenizer\'s',
  ],
  [
    'an end beyond it',
    'generation_config.json',
    (j) => (j['eos_token_id'] = 300),
    '"eos_token_id" 300 is beyond the vocabulary',
  ],
  [
    'another tokenizer',
    'tokenizer.json',
    (j) => (j['model'] = { type: 'Unigram', vocab: [] }),
    'only byte-level BPE is supported, not "Unigram"',
  ],
  [
    'a broken template',
    'tokenizer_config.json',
    (j) => (j['chat_template'] = '{% for %}'),
    'the chat template is not valid Jinja',
  ],
  [
    'a template that drops the question',
    'tokenizer_config.json',
    (j) => (j['chat_template'] = 'hello'),
    'drops the content',
  ],
])('%s is refused by name', async (_, name, edit, message) => {
  await change(name, edit);
  await expect(examineModel(directory)).rejects.toThrow(message);
});

test('a model without a tokenizer, or without an end of answers, is refused with what to do', async () => {
  await change('tokenizer_config.json', (json) => delete json['eos_token']);
  for (const name of ['config.json', 'generation_config.json']) {
    await change(name, (json) => (json['eos_token_id'] = null));
  }
  await expect(examineModel(directory)).rejects.toThrow('names the token that ends an answer');
  await change('tokenizer_config.json', (json) => (json['eos_token'] = '<none>'));
  await expect(examineModel(directory)).rejects.toThrow('"eos_token" "<none>" is no token of tokenizer.json');
  await rm(join(directory, 'tokenizer.json'));
  await expect(examineModel(directory)).rejects.toThrow('tokenizer.json is missing: save the tokenizer');
});

test.each(['float32', 'bfloat16', 'float16'] as const)(
  '%s weights that are no numbers are refused by name',
  async (dtype) => {
    const path = join(directory, 'model.safetensors');
    const stored = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const;
    for (const value of [NaN, Infinity, -Infinity]) {
      const tensors = await readSafetensors(path);
      const norm = tensors.get('model.norm.weight')!;
      const data = Float32Array.from({ length: 32 }, (_, i) => (i === 31 ? value : 1));
      const bad = join(directory, 'bad');
      await cp(join(root, 'good'), bad, { recursive: true });
      const changed: Map<string, WritableTensor> = new Map(tensors);
      changed.set('model.norm.weight', { ...norm, data, dtype: stored[dtype] });
      await writeSafetensors(join(bad, 'model.safetensors'), changed);
      await expect(examineModel(bad)).rejects.toThrow('the tensor "model.norm.weight" holds NaN or infinity');
    }
  },
);

test('a tied model with an output layer of its own is untied, and one with a copy of its embedding is not', async () => {
  const path = join(directory, 'model.safetensors');
  const tensors = await readSafetensors(path);
  const embedding = tensors.get('model.embed_tokens.weight')!;
  await writeSafetensors(path, tensors.set('lm_head.weight', embedding));
  expect(await examineModel(directory)).toMatchObject({ architecture: { tie_embeddings: true }, warnings: [] });
  const data = Float32Array.from(embedding.data as Float32Array);
  data[data.length - 1]! += 1;
  await writeSafetensors(path, tensors.set('lm_head.weight', { ...embedding, data }));
  const facts = {
    architecture: { tie_embeddings: false },
    parameters: TINY_PARAMETERS + data.length,
    warnings: [expect.stringMatching(/^config\.json says "tie_word_embeddings": true, and .* is kept/)],
  };
  expect(await examineModel(directory)).toMatchObject(facts);
  expect(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'))).toMatchObject({
    tie_word_embeddings: false,
  });
});
