import { expect, test } from 'vitest';
import { ResolvedRewardSpec, resolveReward, rewardProblems, RewardSpecInput } from './index.js';

test.each([
  [{ type: 'arpo' }, { type: 'arpo', fidelity: 'bough' }],
  [
    { type: 'arpo', fidelity: 'reference' },
    { type: 'arpo', fidelity: 'reference' },
  ],
  [{ type: 'f1' }, { type: 'f1' }],
  [{ type: 'math' }, { type: 'math', comparison: 'symbolic' }],
  [{ type: 'paper_metric' }, { type: 'paper_metric', metric: 'f1', task: 'qa' }],
  [{ type: 'contains' }, { type: 'contains', within: 'answer', match: 'words' }],
  [
    { type: 'length_penalty', max: 401 },
    { type: 'length_penalty', max: 401, buffer: 200, unit: 'characters', penalty: 1 },
  ],
  [{ type: 'tool_use' }, { type: 'tool_use', tool: null, min: 1, max: null, per: 'response', reward: 1 }],
  [
    {
      type: 'sum',
      terms: [
        { reward: { type: 'f1' } },
        { reward: { type: 'tool_use', tool: 'search' }, weight: 0.1 },
        { reward: { type: 'tool_use', tool: 'python' }, weight: 0.2 },
        { reward: { type: 'f1' }, name: 'words' },
      ],
      clamp: { max: 1 },
    },
    {
      type: 'sum',
      terms: [
        { name: 'f1', weight: 1, reward: { type: 'f1' } },
        {
          name: 'tool_use',
          weight: 0.1,
          reward: { type: 'tool_use', tool: 'search', min: 1, max: null, per: 'response', reward: 1 },
        },
        {
          name: 'tool_use_2',
          weight: 0.2,
          reward: { type: 'tool_use', tool: 'python', min: 1, max: null, per: 'response', reward: 1 },
        },
        { name: 'words', weight: 1, reward: { type: 'f1' } },
      ],
      clamp: { min: null, max: 1 },
    },
  ],
])('%o has every default filled in', (given, resolved) => {
  expect(ResolvedRewardSpec.parse(resolveReward(RewardSpecInput.parse(given)))).toEqual(resolved);
});

test('a reward that is not built, or contradicts itself, is named with its path', () => {
  const sum = RewardSpecInput.parse({
    type: 'sum',
    terms: [
      { reward: { type: 'http', url: 'https://example.com' } },
      { reward: { type: 'tool_use', min: 3, max: 2 }, name: 'calls' },
      { reward: { type: 'length_penalty', max: 5, buffer: 6 }, name: 'calls' },
    ],
    clamp: { min: 1, max: 0 },
  });
  expect(rewardProblems(sum, 'grader')).toEqual([
    { path: 'grader.terms.0.reward.type', message: expect.stringMatching(/^reward http is not built yet; use arpo,/) },
    { path: 'grader.terms.1.reward.max', message: 'must not be less than min (3)' },
    { path: 'grader.terms.2.reward.buffer', message: 'must not exceed max (5)' },
    { path: 'grader.terms.2.name', message: 'another term has the name calls; give another' },
    { path: 'grader.clamp.max', message: 'must not be less than min (1)' },
  ]);
  expect(rewardProblems({ type: 'f1' })).toEqual([]);
});

test('a sum is no term of a sum', () => {
  const inner = { type: 'sum', terms: [{ reward: { type: 'f1' } }] };
  expect(() => RewardSpecInput.parse({ type: 'sum', terms: [{ reward: inner }] })).toThrow(/type/);
});

test('a reward that is not built is told of that, and not of its fields', () => {
  expect(rewardProblems(RewardSpecInput.parse({ type: 'judge', url: 'no url' }))).toEqual([
    { path: 'reward.type', message: expect.stringMatching(/^reward judge is not built yet; use /) },
  ]);
});
