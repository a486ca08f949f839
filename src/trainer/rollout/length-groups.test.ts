import { expect, test } from 'vitest';
import { lengthGroups } from './length-groups.js';

const groups = (lengths: number[]) => lengthGroups(lengths, (length) => length);

test('rows of like length share a group', () => {
  expect(groups([300, 12, 10, 290, 11])).toEqual([
    [10, 11, 12],
    [290, 300],
  ]);
});

test('a group does not grow beyond a bound of tokens', () => {
  expect(groups(Array(20).fill(1000)).map((group) => group.length)).toEqual([8, 8, 4]);
});

test('no rows make no groups', () => {
  expect(groups([])).toEqual([]);
});
