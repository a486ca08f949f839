import { expect, test } from 'vitest';
import { tokenizerFileNames } from '../../engine/io/tokenizer-files.js';
import { checkNames, isAccompanying, isDocument, isTooLarge, weightNames } from './model-files.js';

test.each([
  [['config.json', 'pytorch_model.bin'], 'pytorch_model.bin is a pickle, which can run code when it is read: convert'],
  [['config.json', 'model.gguf'], 'there is neither model.safetensors nor model.safetensors.index.json'],
  [['model.safetensors'], 'there is no config.json: bring a Hugging Face directory'],
  [['adapter_config.json', 'adapter_model.safetensors'], 'this is an adapter; merge it into its base model'],
])('%j is refused: %s', (names, message) => {
  expect(() => checkNames(names)).toThrow(message);
});

test('one file of weights is preferred to shards, and shards are those of the index', () => {
  const shards = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const names = ['config.json', 'model.safetensors.index.json', 'consolidated.safetensors', ...shards];
  const index = (map: Record<string, string>) => JSON.stringify({ weight_map: map });
  expect(weightNames([...names, 'model.safetensors'], '')).toEqual(['model.safetensors']);
  expect(weightNames(names, index({ a: shards[1]!, b: shards[0]!, c: shards[1]! }))).toEqual(shards);
  for (const shard of ['gone.safetensors', '../up.safetensors', 'config.json']) {
    expect(() => weightNames(names, index({ a: shard }))).toThrow(`names "${shard}", which is not there`);
  }
  expect(() => weightNames(names, '[]')).toThrow('it has no "weight_map"');
});

test('licences and descriptions are taken if they are small', () => {
  expect(['LICENSE', 'LICENCE.txt', 'README.md', 'NOTICE', 'notes.md'].map(isAccompanying)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
  expect(isTooLarge('README.md', 2 ** 20 + 1)).toBe(true);
  expect(isTooLarge('tokenizer.json', 2 ** 25)).toBe(false);
  expect(isTooLarge('tokenizer.json', 2 ** 26 + 1)).toBe(true);
  expect(isTooLarge('model.safetensors', 2 ** 34)).toBe(false);
});

test('every file of a tokenizer that the engine carries along is brought', () => {
  expect(tokenizerFileNames.filter((name) => !isDocument(name))).toEqual([]);
});
