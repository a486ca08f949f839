import { expect, test } from 'vitest';
import { parseOptions, usage } from './options.js';

test('a model is all that is needed', () => {
  expect(parseOptions(['--model', 'models/smollm2'])).toEqual({
    model: 'models/smollm2',
    data: null,
    seed: 0,
    demonstrations: 400,
    steps: 16,
    heldOut: 96,
    json: null,
  });
});

test('every option of the usage is understood', () => {
  const args = '--model m --data d --seed 7 --demonstrations 20 --steps 2 --held-out 6 --json f'.split(' ');
  expect(parseOptions(args)).toEqual({
    model: 'm',
    data: 'd',
    seed: 7,
    demonstrations: 20,
    steps: 2,
    heldOut: 6,
    json: 'f',
  });
  expect(parseOptions(['--help'])).toBeNull();
});

test.each([
  [[], '--model: give a Hugging Face directory'],
  [['--model='], '--model: give a Hugging Face directory'],
  [['--model=m', '--steps=0'], '--steps 0: give a whole number from 1 to 999999999'],
  [['--model=m', '--held-out=1'], '--held-out 1: give a whole number from 2'],
  [['--model=m', '--seed=x'], '--seed x: give a whole number from 0'],
  [['--model=m', '--data='], '--data: give a folder'],
  [['--model=m', '--json='], '--json: give the name of a file'],
  [['m'], "Unexpected argument 'm'"],
])('%j is refused, with the usage', (args, problem) => {
  expect(() => parseOptions(args)).toThrow(problem);
  expect(() => parseOptions(args)).toThrow(usage);
});
