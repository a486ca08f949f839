import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeTinyModel } from '../../../test/support/tiny-model.js';
import { convertModelDirectory } from './convert-model-directory.js';
import { readModelConfig } from './model-directory.js';
import { Tokenizer } from './tokenizer.js';
import { trainTokenizer } from './train-tokenizer.js';
import { turnEnd } from './turn-end.js';

const json = trainTokenizer([], { vocabSize: 300, addedTokens: ['<|im_end|>', '</s>'], eosToken: '<|endoftext|>' });
const endOf = (template: string) => {
  const end = turnEnd(new Tokenizer(json, { eos_token: '<|endoftext|>', chat_template: template }));
  return end && `${end.text}${end.token.content}`;
};

test.each([
  ["{% for m in messages %}{{ '<user>' + m.content + '<|im_end|>\n' }}{% endfor %}", '<|im_end|>'],
  ["{% for m in messages %}{{ m.content + ' ' + '</s>' }}{% endfor %}{{ eos_token }}", ' </s>'],
  ['{% for m in messages %}{{ m.content }}{% endfor %}{{ eos_token }}', '<|endoftext|>'],
  ["{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}", null],
  ["{{ raise_exception('no') }}", null],
])('the turn of %j ends with %j', (template, end) => {
  expect(endOf(template)).toBe(end);
});

test("ends a model's answers beside what its configuration names, and in what is exported", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bough-turn-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const from = join(folder, 'model');
  await writeTinyModel(from);
  const tokenizer = await Tokenizer.load(from);
  const [eos, agent] = ['<eos>', '<agent>'].map((token) => tokenizer.tokenId(token)!);
  expect((await readModelConfig(from)).eosTokenIds).toEqual([256, eos]);

  const path = join(from, 'tokenizer_config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const template = "{% for m in messages %}{{ m.content + '<agent>' }}{% endfor %}";
  await writeFile(path, JSON.stringify({ ...config, chat_template: template }));
  await writeFile(join(from, 'generation_config.json'), JSON.stringify({ eos_token_id: [3, 256] }));
  expect((await readModelConfig(from)).eosTokenIds).toEqual([3, 256, agent]);

  const to = join(folder, 'export');
  await convertModelDirectory(from, to, 'float32');
  for (const name of ['config.json', 'generation_config.json']) {
    const { eos_token_id } = JSON.parse(await readFile(join(to, name), 'utf8')) as Record<string, unknown>;
    expect(eos_token_id).toEqual([3, 256, agent]);
  }
});
