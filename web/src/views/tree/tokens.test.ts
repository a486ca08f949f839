import { expect, test } from 'vitest';
import type { Segment } from '../../api/rollouts.ts';
import { background, tokenTint } from './colouring.ts';
import { differing } from './differing.ts';
import { splitter } from './split-text.ts';

const split = splitter({
  // Ġ is a space, Ã and © the two bytes of é.
  model: { vocab: { a: 0, Ġb: 1, Ã: 2, '©': 3 } },
  added_tokens: [{ id: 4, content: '<answer>' }],
});

test('ids are split into the text of each token; a character of two tokens is with the second', () => {
  expect(split([4, 0, 1, 2, 3], '<answer>a bé')).toEqual(['<answer>', 'a', ' b', '', 'é']);
});

test('a control token is shown, though it is not in the text', () => {
  expect(split([0, 4], 'a')).toEqual(['a', '<answer>']);
});

test('where the tokens are not those of the text there is no splitting', () => {
  expect(split([0, 1], 'something else')).toBeNull();
  expect(split([99], 'a')).toBeNull();
});

test('what differs is between the common beginning and the common end', () => {
  expect(differing([1, 2, 3, 4], [1, 9, 4])).toEqual([1, 3]);
  expect(differing([1, 2], [1, 2])).toEqual([2, 2]);
  expect(differing([1, 1, 1], [1, 1])).toEqual([2, 3]);
});

test('a colour says nothing where nothing was recorded', () => {
  const segment = { kind: 'model', advantages: [1.5, -0.75, 0], entropies: null, logprobs: [-4] } as unknown as Segment;
  expect(tokenTint(segment, 0, 'advantage')).toEqual({ tone: 'good', strength: 1 });
  expect(tokenTint(segment, 1, 'advantage')).toEqual({ tone: 'bad', strength: 0.5 });
  expect(background(tokenTint(segment, 2, 'advantage'))).toBeUndefined();
  expect(tokenTint(segment, 0, 'entropy')).toBeNull();
  expect(tokenTint(segment, 0, 'log-prob')).toEqual({ tone: 'heat', strength: 1 });
});
