import { expect, test } from 'vitest';
import { checkShape } from './json-shape.js';

const check = (json: string, path = '') => checkShape(json, JSON.parse(json), path);
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const zeros = (count: number) => JSON.stringify({ a: Array.from({ length: count }, () => 0) });

test('a field that JavaScript reads as something else is refused', () => {
  expect(() => check('{ "a": [{ "__proto__": 1 }] }')).toThrow('no field can be called __proto__');
  expect(() => check('{ "constructor": 1 }')).toThrow('no field can be called constructor');
  expect(() => check('{ "__proto__x": 1, "constructors": 1 }')).not.toThrow();
});

test('what is nested too deep or has too many values is refused, however deep and however many', () => {
  expect(() => check(nested(64), 'metadata')).not.toThrow();
  expect(() => check(nested(65), 'metadata')).toThrow('metadata: the JSON is nested more than 64 deep');
  expect(() => check(nested(1_000_000))).toThrow('nested more than 64 deep');
  expect(() => check(zeros(19_999))).not.toThrow();
  expect(() => check(zeros(20_000))).toThrow('more than 20000 values');
});

test('a field that is given twice is named with its path', () => {
  expect(() => check('{ "a": 1, "tools": [{ "url": "x", "url": "y" }] }')).toThrow(
    'tools[0].url: is given twice: give it once',
  );
  expect(() => check('{ "a": 1, "a": 1 }', 'metadata')).toThrow('metadata.a: is given twice');
  expect(() => check('{ "a": "\\"a\\": 1", "b": [{ "a": 1 }, { "a": 1 }] }')).not.toThrow();
});
