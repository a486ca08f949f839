import { expect, test } from 'vitest';
import { countNames, repeatedField } from './repeated-field.js';

test.each([
  ['{"a": 1, "a": 1}', 'a'],
  ['{"a": 1, "\\u0061": 2}', 'a'],
  ['{"tools": [{"url": "x"}, {"url": "y", "n": [1, 2], "url": "z"}]}', 'tools[1].url'],
  ['[[], [{"a": {"b": 1, "b": 2}}]]', '[1][0].a.b'],
  ['{"a": "\\\\", "b": {"": 1, "": 2}}', 'b.'],
])('in %s the field %s is given twice', (json, path) => {
  expect(repeatedField(json)).toBe(path);
});

test.each([
  '{"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]}',
  '{"a": "\\"a\\": 1, \\"a\\": 2", "b": "\\\\"}',
  '{"text": "{\\"a\\": [1, 2}", "list": ["text", ":"]}',
  '"a"',
  '12',
])('in %s none is', (json) => {
  expect(repeatedField(json)).toBeNull();
});

test('names are counted, and what only looks like them', () => {
  expect(countNames('{"a": 1, "b" : {"c":[]}}')).toBe(3);
  expect(countNames('{"a": "\\"b\\": 1"}')).toBe(2);
  expect(countNames('[1]')).toBe(0);
});
