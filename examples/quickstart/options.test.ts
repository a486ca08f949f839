import { expect, test } from 'vitest';
import { parseOptions, usage } from './options.js';

test('without options it trains with ARPO and seed 0, and stops at the end', () => {
  expect(parseOptions([])).toEqual({ method: 'arpo', trainer: 'onnxruntime', seed: 0, json: null, keep: false });
});

test('every option of the usage is understood', () => {
  const args = ['--method', 'grpo', '--trainer=ray', '--seed=7', '--json', 'figures.json', '--keep'];
  expect(parseOptions(args)).toEqual({ method: 'grpo', trainer: 'ray', seed: 7, json: 'figures.json', keep: true });
  expect(parseOptions([...args, '--help'])).toBeNull();
});

test.each([
  ['--fast', "Unknown option '--fast'"],
  ['grpo', "Unexpected argument 'grpo'"],
  ['--method=ppo', '--method ppo: give one of arpo, aepo, grpo'],
  ['--trainer=torch', '--trainer torch: give one of onnxruntime, ray'],
  ['--seed=-1', '--seed -1: give a whole number from 0 to 999999999'],
  ['--seed=1.5', '--seed 1.5: give a whole number'],
  ['--json=', '--json: give the name of a file'],
  ['--json', "'--json <value>' argument missing"],
])('%s is refused, with the usage', (argument, problem) => {
  expect(() => parseOptions([argument])).toThrow(problem);
  expect(() => parseOptions([argument])).toThrow(usage);
});

test('a method that the ray trainer does not have is refused before anything starts', () => {
  expect(() => parseOptions(['--trainer', 'ray', '--method', 'gspo'])).toThrow(
    'it trains by arpo and grpo, not by gspo',
  );
});
