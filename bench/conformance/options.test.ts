import { expect, test } from 'vitest';
import { parseOptions } from './options.js';

test('without a command Bough’s own trainer is checked', () => {
  const options = parseOptions(['--only', 'weights']);
  expect(options).toMatchObject({ only: 'weights', limitMs: 120_000 });
  expect(options?.command.at(-1)).toMatch(/main\.trainer\.js$/);
});

test('what follows the options is the command, with options of its own', () => {
  expect(parseOptions(['--limit=5', 'python', '-m', 'trainer', '--only', 'x'])).toEqual({
    command: ['python', '-m', 'trainer', '--only', 'x'],
    only: '',
    limitMs: 5000,
  });
});

test('the usage is asked for, and wrong options are named', () => {
  expect(parseOptions(['--help'])).toBeNull();
  expect(() => parseOptions(['--limit', '0', 'true'])).toThrow('--limit 0: give a whole number');
  expect(() => parseOptions(['--checks', 'x'])).toThrow("Unknown option '--checks'");
});
