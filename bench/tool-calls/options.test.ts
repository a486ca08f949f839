import { expect, test } from 'vitest';
import { armNames } from './arms.js';
import { parseOptions } from './options.js';

test('without options the whole first task is run', () => {
  expect(parseOptions([])).toEqual({ task: '3-call', seeds: 5, arms: armNames, data: '.bough-study', docs: 'docs' });
});

test('seeds, arms and folders can be chosen', () => {
  const args = ['--seeds', '2', '--arms', 'grpo, n2', '--data', 'a', '--docs', 'b'];
  expect(parseOptions(args)).toMatchObject({ seeds: 2, arms: ['grpo', 'n2'], data: 'a', docs: 'b' });
});

test.each([
  [['--task', '9-call'], '--task 9-call: give 3-call, 5-call'],
  [['--arms', 'grpo,n3'], '--arms n3: give grpo, n4, n2, deferred, random'],
  [['--seeds', '0'], '--seeds 0: give a whole number from 1'],
  [['--data', ''], '--data: give a folder'],
])('%j is refused with what would be right', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
