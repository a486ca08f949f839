import { expect, test } from 'vitest';
import { checkShape } from './json-shape.js';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));

test('what is nested too deep or has too many values is refused, however deep and however many', () => {
  expect(() => checkShape(nested(64), 'metadata')).not.toThrow();
  expect(() => checkShape(nested(65), 'metadata')).toThrow('metadata: the JSON is nested more than 64 deep');
  expect(() => checkShape(nested(1_000_000), '')).toThrow('nested more than 64 deep');
  expect(() => checkShape({ a: Array.from({ length: 19_999 }, () => 0) }, '')).not.toThrow();
  expect(() => checkShape({ a: Array.from({ length: 20_000 }, () => 0) }, '')).toThrow('more than 20000 values');
});
