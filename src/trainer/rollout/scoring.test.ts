import { expect, test, vi } from 'vitest';
import { sharedCall } from '../../../test/support/trees.js';
import { scored } from '../../../test/support/trainer-peer.js';
import { said } from '../../../test/support/responses.js';
import type { ScoreQuestion } from '../link.js';
import { scoreTree } from './scoring.js';

type Question = Pick<ScoreQuestion, 'example' | 'responses'>;
const lengthOf = (response: Question['responses'][number]) => response.map(({ text }) => text).join('').length;
const ask = () =>
  vi.fn(({ responses }: Question) => Promise.resolve(responses.map((response) => scored(lengthOf(response)))));
const shared = [
  { kind: 'call', text: 'call', tool: 'search' },
  { kind: 'result', text: '[result]', tool: 'search' },
];

test('every response of a tree is scored in one question', async () => {
  const question = ask();
  const { scores_G } = await scoreTree(sharedCall(), question, false);
  const responses = [[...shared, ...said('a')], [...shared, ...said('b')], said('c')];
  expect(question.mock.calls).toEqual([[{ example: 10, responses }]]);
  expect(scores_G.map(({ status, reward }) => [status, reward])).toEqual([
    ['scored', 13],
    ['scored', 13],
    ['scored', 1],
  ]);
});

test('what the prompt has begun of a response is read with it', async () => {
  const question = ask();
  await scoreTree({ ...sharedCall(), begun: '<think>\n' }, question, false);
  expect(question.mock.calls[0]![0].responses.map(([first]) => first)).toEqual([
    ...said('<think>\n'),
    ...said('<think>\n'),
    ...said('<think>\n'),
  ]);
});

test('a trajectory whose tool could not work is not asked about, and keeps the reason', async () => {
  const tree = sharedCall();
  tree.segments[2]!.tool = { ...tree.segments[2]!.tool!, outcome: 'infra_error', text: 'no index' };
  tree.trajectories = [
    { leaf: 2, finishReason: 'infra_error' },
    { leaf: 5, finishReason: 'stop' },
  ];
  const question = ask();
  const { scores_G } = await scoreTree(tree, question, false);
  expect(question.mock.calls[0]![0].responses).toHaveLength(1);
  expect(scores_G).toMatchObject([
    { status: 'infra_error', reward: null, problem: 'no index' },
    { status: 'scored', reward: 1 },
  ]);
});

test('a trajectory cut by length is scored as it is, unless it is to be masked', async () => {
  const tree = sharedCall();
  tree.trajectories[0]!.finishReason = 'length';
  expect((await scoreTree(tree, ask(), false)).scores_G[0]).toMatchObject({ status: 'scored' });
  expect((await scoreTree(tree, ask(), true)).scores_G[0]).toMatchObject({ status: 'masked', reward: null });
});

test('a scoreTree that cannot work gives no reward', async () => {
  const away = ({ responses }: Question) =>
    Promise.resolve(responses.map(() => ({ status: 'infra_error' as const, message: 'away' })));
  const { scores_G } = await scoreTree(sharedCall(), away, false);
  expect(scores_G[0]).toMatchObject({ status: 'infra_error', reward: null, problem: 'away', flags: ['away'] });
});

test('too few scores are a fault', async () => {
  await expect(scoreTree(sharedCall(), () => Promise.resolve([]), false)).rejects.toThrow('3 trajectories');
});
