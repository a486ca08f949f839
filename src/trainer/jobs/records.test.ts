import { expect, test } from 'vitest';
import { TrainerMessage } from '../../protocol/messages.js';
import { sharedCall, score } from '../../../test/support/trees.js';
import { treeMessage } from './records.js';

const { message, arrays } = treeMessage(4, {
  tree: sharedCall(),
  scores_G: [score(1), score(0), score(null)],
  advantages_G: [1.5, -0.5, null],
});

test('a tree becomes a message of the protocol', () => {
  expect(TrainerMessage.parse(message)).toEqual(message);
  expect(message).toMatchObject({ step: 4, tree: 0, example: 10 });
  expect(message.segments.map(({ start, length }) => [start, length])).toEqual([
    [0, 5],
    [5, 3],
    [8, 2],
    [10, 4],
    [14, 6],
    [20, 7],
  ]);
  expect(message.trajectories.map(({ reward_status, advantage }) => [reward_status, advantage])).toEqual([
    ['scored', 1.5],
    ['scored', -0.5],
    ['infra_error', null],
  ]);
});

test('its arrays are aligned with its tokens, and zero where the model did not write', () => {
  const at = (name: string, start: number, end: number) => [...arrays[name]!.subarray(start, end)];
  for (const array of Object.values(arrays)) expect(array).toHaveLength(27);
  expect(at('token_ids', 5, 8)).toEqual([1, 2, 3]);
  expect(at('logprobs', 3, 9)).toEqual([0, 0, -0.125, -0.25, -0.375, 0]);
  expect(at('entropies', 3, 9)).toEqual([0, 0, 0.5, 0.5, 0.5, 0]);
});

test('a shared token has the mean advantage of its trajectories', () => {
  expect([0, 5, 8, 10, 14, 20].map((token) => arrays['advantages']![token])).toEqual([0, 0.5, 0, 1.5, -0.5, 0]);
});
