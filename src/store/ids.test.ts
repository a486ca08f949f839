import { expect, test } from 'vitest';
import { ID_PREFIXES, isId, newId, type IdKind } from './ids.js';

test.each(Object.keys(ID_PREFIXES) as IdKind[])('an id of kind %s is recognised as that kind only', (kind) => {
  const id = newId(kind);
  const recognised = (Object.keys(ID_PREFIXES) as IdKind[]).filter((other) => isId(other, id));
  expect(recognised).toEqual([kind]);
});

test('ids sort in the order in which they were made', () => {
  const ids = Array.from({ length: 5000 }, () => newId('run'));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('ids fit the pattern that specs demand', () => {
  expect(newId('checkpoint')).toMatch(/^ckpt_[0-9A-Za-z]{26}$/);
});
