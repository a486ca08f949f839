import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copyTokenizerFiles, exportedTokenizerConfig } from './tokenizer-files.js';

let folder: string;
let [from, to] = ['', ''];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tokenizer-files-'));
  [from, to] = [join(folder, 'from'), join(folder, 'to')];
  await mkdir(from);
  await mkdir(to);
});
afterEach(() => rm(folder, { recursive: true }));

const give = async (files: Record<string, string>) => {
  for (const [name, content] of Object.entries(files)) await writeFile(join(from, name), content);
};

test('with a tokenizer.json, the class is the one that takes it as it stands, and nothing is left from which another could be built', async () => {
  await give({
    'tokenizer.json': '{"model": {}}',
    'tokenizer_config.json': '{"tokenizer_class": "GPT2Tokenizer", "eos_token": "<end>"}',
    'chat_template.jinja': '{{ messages }}',
    'vocab.json': '{}',
    'merges.txt': '',
    'pytorch_model.bin': '',
  });
  await copyTokenizerFiles(from, to);
  expect((await readdir(to)).sort()).toEqual(['chat_template.jinja', 'tokenizer.json', 'tokenizer_config.json']);
  expect(await readFile(join(to, 'tokenizer.json'), 'utf8')).toBe('{"model": {}}');
  expect(JSON.parse(await readFile(join(to, 'tokenizer_config.json'), 'utf8'))).toEqual({
    eos_token: '<end>',
    model_input_names: ['input_ids', 'attention_mask'],
    tokenizer_class: 'PreTrainedTokenizerFast',
  });
});

test('a tokenizer.json without a tokenizer_config.json gets one', async () => {
  await give({ 'tokenizer.json': '{}' });
  await copyTokenizerFiles(from, to);
  expect(await readdir(to)).toEqual(['tokenizer.json', 'tokenizer_config.json']);
});

test('special tokens that only special_tokens_map.json names stand in tokenizer_config.json too', async () => {
  const map = '{"eos_token": "<end>", "pad_token": "<pad>"}';
  await give({
    'tokenizer.json': '{}',
    'tokenizer_config.json': '{"pad_token": "<end>"}',
    'special_tokens_map.json': map,
  });
  await copyTokenizerFiles(from, to);
  const written: unknown = JSON.parse(await readFile(join(to, 'tokenizer_config.json'), 'utf8'));
  expect(written).toMatchObject({ eos_token: '<end>', pad_token: '<end>' });
  expect(await readFile(join(to, 'special_tokens_map.json'), 'utf8')).toBe(map);
});

test('without a tokenizer.json all is copied as it is', async () => {
  const config = '{"tokenizer_class": "GPT2Tokenizer"}';
  await give({ 'vocab.json': '{}', 'merges.txt': '', 'tokenizer_config.json': config });
  await copyTokenizerFiles(from, to);
  expect((await readdir(to)).sort()).toEqual(['merges.txt', 'tokenizer_config.json', 'vocab.json']);
  expect(await readFile(join(to, 'tokenizer_config.json'), 'utf8')).toBe(config);
});

test.each([
  ['a class of transformers 5', { tokenizer_class: 'TokenizersBackend' }, {}],
  [
    'steps that transformers would put in the place of those of the file',
    { add_bos_token: true, add_eos_token: false },
    {},
  ],
  ['code of its own', { auto_map: { AutoTokenizer: ['a.b', null] } }, {}],
  [
    'a list of special tokens, by the name that transformers 4 knows',
    { extra_special_tokens: ['<a>'] },
    { additional_special_tokens: ['<a>'] },
  ],
  [
    'named special tokens as they are',
    { extra_special_tokens: { image: '<i>' } },
    { extra_special_tokens: { image: '<i>' } },
  ],
  ['the inputs that the source names', { model_input_names: ['input_ids'] }, { model_input_names: ['input_ids'] }],
])('an exported configuration settles %s', (_, source, expected) => {
  expect(exportedTokenizerConfig(source)).toEqual({
    model_input_names: ['input_ids', 'attention_mask'],
    tokenizer_class: 'PreTrainedTokenizerFast',
    ...expected,
  });
});
