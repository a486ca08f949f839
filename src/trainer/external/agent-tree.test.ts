import { expect, test } from 'vitest';
import { ModelSegment } from '../rollout/model-segment.js';
import type { Segment, Tree } from '../trees/tree.js';
import { agentTree, newTokens, type AgentCall, type AgentRollout } from './agent-tree.js';

/** Texts stand for tokens: one for each character. */
const tokens = (text: string) => Int32Array.from(text, (character) => character.charCodeAt(0));
const textOf = (ids: Int32Array) => String.fromCharCode(...ids);

function call(prompt: string, answer: string, reason: 'stop' | 'length' = 'stop'): AgentCall {
  const segment = new ModelSegment();
  for (const token of tokens(answer)) segment.push(token, -1, 0.5, textOf(Int32Array.of(token)));
  return { prompt: tokens(prompt), answer: segment, reason };
}

const rollout = (...calls: AgentCall[]): AgentRollout => ({ calls, ended: null });
const grow = (...rollouts: AgentRollout[]): Tree =>
  agentTree(
    { place: 0, example: 3, prompt: { kind: 'prompt', tokens: tokens('?'), text: '?', begun: '' } },
    rollouts,
    textOf,
  );
const seen = ({ segments }: Tree) => segments.map(({ parent, kind, text }: Segment) => [parent, kind[0], text]);
const ends = ({ trajectories }: Tree) => trajectories.map(({ leaf, rollout: of }) => [leaf, of]);

test('answers to the same prompt share it', () => {
  const tree = grow(rollout(call('ab', 'X')), rollout(call('ab', 'Y')));
  expect(seen(tree)).toEqual([
    [null, 'p', 'ab'],
    [0, 'm', 'X'],
    [0, 'm', 'Y'],
  ]);
  expect(ends(tree)).toEqual([
    [1, 0],
    [2, 1],
  ]);
});

test('a call that begins with all of an earlier one goes on with its trajectory', () => {
  const tree = grow(rollout(call('ab', 'X'), call('abXc', 'Y', 'length')));
  expect(seen(tree)).toEqual([
    [null, 'p', 'ab'],
    [0, 'm', 'X'],
    [1, 'p', 'c'],
    [2, 'm', 'Y'],
  ]);
  expect(tree.trajectories).toEqual([{ leaf: 3, finishReason: 'length', rollout: 0 }]);
});

test('one whose answer comes back in other tokens is a trajectory of its own, and shares the prompt alone', () => {
  const tree = grow(rollout(call('ab', 'XY'), call('abXzc', 'W')));
  expect(seen(tree)).toEqual([
    [null, 'p', 'ab'],
    [0, 'm', 'XY'],
    [0, 'p', 'Xzc'],
    [2, 'm', 'W'],
  ]);
  expect(ends(tree)).toEqual([
    [1, 0],
    [3, 0],
  ]);
});

test('two that go on with the same call fork behind it, where their prompts part', () => {
  const tree = grow(rollout(call('ab', 'X'), call('abXcd', 'Y'), call('abXce', 'Z'), call('abXc', 'W')));
  expect(seen(tree)).toEqual([
    [null, 'p', 'ab'],
    [0, 'm', 'X'],
    [1, 'p', 'c'],
    [2, 'm', 'W'],
    [2, 'p', 'd'],
    [4, 'm', 'Y'],
    [2, 'p', 'e'],
    [6, 'm', 'Z'],
  ]);
  expect(ends(tree).map(([leaf]) => leaf)).toEqual([5, 7, 3]);
});

test('a call of one rollout never goes on with that of another', () => {
  const tree = grow(rollout(call('ab', 'X')), rollout(call('abXc', 'Y')));
  expect(seen(tree)).toEqual([
    [null, 'p', 'ab'],
    [0, 'm', 'X'],
    [0, 'p', 'Xc'],
    [2, 'm', 'Y'],
  ]);
});

test('prompts that have nothing in common have an empty root', () => {
  expect(seen(grow(rollout(call('ab', 'X')), rollout(call('cd', 'Y'))))).toEqual([
    [null, 'p', ''],
    [0, 'p', 'ab'],
    [1, 'm', 'X'],
    [0, 'p', 'cd'],
    [3, 'm', 'Y'],
  ]);
});

test('a rollout without a call, and one that was given up, are in the tree and are not learnt from', () => {
  const tree = grow({ calls: [], ended: 'infra_error' }, { calls: [call('ab', 'X')], ended: 'unfinished' }, rollout());
  expect(tree.trajectories).toEqual([
    { leaf: 0, finishReason: 'infra_error', rollout: 0 },
    { leaf: 1, finishReason: 'unfinished', rollout: 1 },
    { leaf: 0, finishReason: 'infra_error', rollout: 2 },
  ]);
  expect(seen(grow({ calls: [], ended: 'infra_error' }))).toEqual([[null, 'p', '?']]);
});

test('what a call adds is counted from the longest that it goes on with', () => {
  const before = [call('ab', 'X'), call('abXc', 'Y')];
  expect(newTokens(tokens('abXcYd'), before)).toBe(1);
  expect(newTokens(tokens('abZ'), before)).toBe(3);
});
