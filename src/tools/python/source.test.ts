import { expect, test } from 'vitest';
import { unindented } from './source.js';

test.each([
  ['a leading space', ' 84 - 2', '84 - 2'],
  ['blank lines before an indented program', '\n  \n  a = 1\n  if a:\n    b = 2\n', 'a = 1\nif a:\n  b = 2\n'],
  ['only a first line that is indented', ' a = 1\nif a:\n  b = 2', 'a = 1\nif a:\n  b = 2'],
])('takes away %s', (_, source, expected) => {
  expect(unindented(source)).toBe(expected);
});

test('leaves other programs as they are', () => {
  const source = 'if a:\n    s = """\n  x"""\n';
  expect(unindented(source)).toBe(source);
});
