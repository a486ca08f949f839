import { expect, test } from 'vitest';
import { prefixGroups, sharedPrefixes } from './shared-prefixes.js';

const groupsOf = (...prefixes: number[][]) => prefixGroups(prefixes.map((prefix) => Int32Array.from(prefix)));

test('rows are grouped by the slot that they begin with, and share what all of a group begin with', () => {
  expect(groupsOf([1, 2, 3, 7], [5, 6], [1, 2, 3, 8, 9], [5, 6, 4], [1, 2, 3])).toEqual([
    { members: [0, 2, 4], common: 3 },
    { members: [1, 3], common: 2 },
  ]);
});

test('a row that is alone, or has nothing before it, shares nothing', () => {
  expect(groupsOf([1, 2], [], [3])).toEqual([
    { members: [0], common: 0 },
    { members: [2], common: 0 },
    { members: [1], common: 0 },
  ]);
});

test('groups are read together only where that is less than reading each row', () => {
  const read = (...prefixes: number[][]) => sharedPrefixes(prefixes.map((prefix) => Int32Array.from(prefix)));
  expect(read([1, 2, 3, 7], [1, 2, 3, 8], [1, 2, 3])).toEqual([{ members: [0, 1, 2], common: 3 }]);
  expect(read([1, 2], [1, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13])).toEqual([{ members: [0, 1, 2], common: 0 }]);
  expect(read([])).toEqual([{ members: [0], common: 0 }]);
});
