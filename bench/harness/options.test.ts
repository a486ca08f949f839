import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { readOptions } from './options.js';

test('what is not said has a default', () => {
  expect(readOptions(['decode'])).toEqual({
    names: ['decode'],
    threads: availableParallelism(),
    rounds: null,
    json: null,
    python: null,
    model: null,
    writeDocs: false,
  });
});

test('all means every benchmark', () => {
  expect(readOptions(['all', '--rounds', '2']).names).toEqual(['train-small', 'train-smollm', 'decode', 'memory']);
});

test.each([
  [[], 'name a benchmark'],
  [['train'], 'there is no benchmark "train", only train-small'],
  [['decode', '--rounds', '0'], '--rounds takes a number from 1, not "0"'],
  [['decode', '--threads', 'two'], '--threads takes a number from 1, not "two"'],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});
