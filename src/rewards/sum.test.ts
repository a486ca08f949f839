import { expect, test } from 'vitest';
import { said } from '../../test/support/responses.js';
import type { Reward, RewardOutcome } from './reward.js';
import { sumOfRewards } from './sum.js';

const { signal } = new AbortController();
const items = [
  { response: said('a'), reference: '1' },
  { response: said('b'), reference: '1' },
];
const noLimits = { min: null, max: null };

const scored = (reward: number, answer: string | null = null): RewardOutcome => ({
  kind: 'scored',
  reward,
  parts: { base: reward - 1, bonus: 1 },
  flags: ['reason'],
  answer,
  formatValid: answer !== null,
});
const fixed = (...outcomes: RewardOutcome[]): Reward => ({
  score: async () => outcomes,
  close: async () => {},
});

test('adds up its terms by their weights, answer by answer, and says which part comes from where', async () => {
  const sum = sumOfRewards(
    [
      { name: 'first', weight: 2, reward: fixed(scored(3), scored(1, 'Lima')) },
      { name: 'second', weight: -0.5, reward: fixed(scored(4, 'Rome'), scored(2, 'Oslo')) },
    ],
    noLimits,
  );
  expect(await sum.score(items, signal)).toEqual([
    {
      kind: 'scored',
      reward: 4,
      parts: { 'first/base': 4, 'first/bonus': 2, 'second/base': -1.5, 'second/bonus': -0.5 },
      flags: ['first/reason', 'second/reason'],
      answer: 'Rome',
      formatValid: false,
    },
    expect.objectContaining({ reward: 1, answer: 'Lima', formatValid: true }),
  ]);
});

test.each([
  [{ min: null, max: 1 }, 1, { clamp: -5 }],
  [{ min: 10, max: 20 }, 10, { clamp: 4 }],
  [{ min: 0, max: 6 }, 6, {}],
])('stays within %o', async (limits, reward, clamp) => {
  const sum = sumOfRewards([{ name: 'one', weight: 2, reward: fixed(scored(3)) }], limits);
  expect(await sum.score(items.slice(0, 1), signal)).toMatchObject([
    { reward, parts: { 'one/base': 4, 'one/bonus': 2, ...clamp } },
  ]);
});

test('has no score where a term has none, and says which', async () => {
  const broken: RewardOutcome = { kind: 'infra_error', message: 'no judge' };
  const sum = sumOfRewards(
    [
      { name: 'words', weight: 1, reward: fixed(scored(1), scored(1)) },
      { name: 'judge', weight: 0, reward: fixed(scored(1), broken) },
    ],
    noLimits,
  );
  expect(await sum.score(items, signal)).toMatchObject([
    { kind: 'scored', reward: 1 },
    { kind: 'infra_error', message: 'judge: no judge' },
  ]);
});
