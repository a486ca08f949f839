import { expect, test } from 'vitest';
import { copiesOf, pathTo, responseText, tokenCounts, toolCalls, type Segment, type Tree } from './tree.js';

const segment = (parent: number | null, kind: Segment['kind'], length: number, text = ''): Segment => ({
  parent,
  kind,
  tokens: new Int32Array(length),
  logprobs: null,
  entropies: null,
  text,
  forked: false,
  entropy: null,
  deltaEntropy: null,
  branchProbability: null,
  tool: null,
});

/** Two trajectories share a call and its result; a third goes its own way without a tool. */
const tree: Tree = {
  place: 0,
  example: 0,
  segments: [
    segment(null, 'prompt', 5, 'question'),
    segment(0, 'model', 3, 'call'),
    segment(1, 'tool', 2, '[result]'),
    segment(2, 'model', 4, 'a'),
    segment(2, 'model', 6, 'b'),
    segment(0, 'model', 7, 'c'),
  ],
  trajectories: [3, 4, 5].map((leaf) => ({ leaf, finishReason: 'stop' })),
};

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
