import { expect, test } from 'vitest';
import { mendedJson } from './mended-json.js';

test.each([
  ['\boxed{5}', '\\boxed{5}'],
  ['\\\boxed{5} and \frac{1}{2}', '\\\\boxed{5} and \\frac{1}{2}'],
])('the command in %j is mended', (damaged, whole) => {
  expect(JSON.parse(mendedJson(JSON.stringify({ damaged })))).toEqual({ damaged: whole });
});

test.each(['\\boxed{5}', '\\\\boxed{5}', '\f first', 'a\boxed b', '\t', '\\frac{1}{2}'])('%j stays', (text) => {
  expect(JSON.parse(mendedJson(JSON.stringify(text)))).toBe(text);
});
