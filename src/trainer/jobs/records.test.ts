import { expect, test } from 'vitest';
import { TrainerMessage } from '../../protocol/messages.js';
import { sharedCall, score } from '../../../test/support/trees.js';
import { responseParts as partsOf } from '../../protocol/response-parts.js';
import { pathTo, responseParts } from '../trees/tree.js';
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

test('what is stored of a trajectory gives the parts that were scored', () => {
  const tree = sharedCall();
  const search = { ...tree.segments[2]!.tool!, span: { start: 4, end: 8 } };
  tree.begun = '<think>';
  tree.segments[1]!.text = 'let call';
  tree.segments[2] = { ...tree.segments[2]!, tool: search, text: '[result]<think>' };
  const { segments, begun } = treeMessage(1, {
    tree,
    scores_G: [score(1), score(0), score(1)],
    advantages_G: [1, 1, 1],
  }).message;
  for (const { leaf } of tree.trajectories) {
    const pieces = pathTo(tree, leaf)
      .slice(1)
      .map((at) => segments[at]!)
      .map(({ text, tool }) => ({ text, tool: tool?.span ? { name: tool.name, span: tool.span } : null }));
    expect(partsOf(pieces, begun!)).toEqual(responseParts(tree, leaf));
  }
  expect(responseParts(tree, 3)).toEqual([
    { kind: 'text', text: '<think>', tool: null },
    { kind: 'text', text: 'let ', tool: null },
    { kind: 'call', text: 'call', tool: 'search' },
    { kind: 'result', text: '[result]', tool: 'search' },
    { kind: 'text', text: '<think>', tool: null },
    { kind: 'text', text: 'a', tool: null },
  ]);
});
