import { expect, test } from 'vitest';
import { storableJson } from './storable-json.js';

test('what PostgreSQL cannot hold is replaced at every depth, and nothing else is touched', () => {
  const value = { 'a\0': ['b\0', { c: '\ud83d', d: '😀', e: null, f: 1.5, g: true }] };
  expect(storableJson(value)).toEqual({ 'a\ufffd': ['b\ufffd', { c: '\ufffd', d: '😀', e: null, f: 1.5, g: true }] });
});
