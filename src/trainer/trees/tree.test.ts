import { expect, test } from 'vitest';
import { sharedCall } from '../../../test/support/trees.js';
import { copiesOf, pathTo, responseText, tokenCounts, toolCalls } from './tree.js';

const tree = sharedCall();

test('a path goes from the prompt to the leaf', () => {
  expect(pathTo(tree, 4)).toEqual([0, 1, 2, 4]);
});

test('a response is all that follows the prompt, tool results included', () => {
  expect(responseText(tree, 4)).toBe('call[result]b');
});

test('copies count the leaves below each segment', () => {
  expect([...copiesOf(tree, [3, 4, 5])]).toEqual([3, 2, 2, 1, 1, 1]);
});

test('shared tokens count once as unique and once per trajectory as copied', () => {
  expect(tokenCounts(tree, [3, 4, 5])).toEqual({ copied: 42, unique: 27, copiedTargets: 23, uniqueTargets: 20 });
});

test('segments that no chosen trajectory reaches do not count', () => {
  expect(tokenCounts(tree, [3])).toEqual({ copied: 14, unique: 14, copiedTargets: 7, uniqueTargets: 7 });
});

test('a shared tool call was made once and would have been made twice', () => {
  expect(toolCalls(tree)).toEqual({ made: 1, linearEquivalent: 2 });
});
