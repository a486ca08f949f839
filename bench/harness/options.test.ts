import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { benchmarks } from './benchmarks.js';
import { commandOf, readOptions } from './options.js';

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
  expect(readOptions(['all', '--rounds', '2']).names).toEqual(Object.keys(benchmarks));
});

test.each([
  [[], 'name a benchmark'],
  [['train'], 'there is no benchmark "train", only train-small'],
  [['decode', '--rounds', '0'], '--rounds takes a number from 1, not "0"'],
  [['decode', '--threads', 'two'], '--threads takes a number from 1, not "two"'],
])('%j is refused', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test('the command that is recorded names no path of the machine', () => {
  const given = [
    'all',
    '--write-docs',
    '--python',
    '/a/python',
    '--model',
    '/a/model',
    '--json',
    '/a.json',
    '--rounds',
    '3',
  ];
  expect(commandOf(readOptions(given))).toBe('npm run bench -- all --rounds 3 --model DIR --write-docs');
  expect(commandOf(readOptions(['decode', 'memory']))).toBe('npm run bench -- decode memory');
});
