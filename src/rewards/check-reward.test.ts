import { expect, test } from 'vitest';
import { resolveReward } from '../spec/rewards/index.js';
import { rewardFaults } from './check-reward.js';

const python = (source: string) => ({ type: 'python', source }) as const;

test('a Python source that cannot be used is named with its path, its line and its error', async () => {
  const sum = resolveReward({
    type: 'sum',
    terms: [
      { reward: { type: 'f1' } },
      { reward: python('def score(item):\n  return (1\n'), name: 'syntax' },
      { reward: python('def score(item):\n  return 1\n'), name: 'fine' },
      { reward: python('\n\nimport numpy'), name: 'package' },
      { reward: python('x = 1'), name: 'nothing' },
    ],
  });
  expect(await rewardFaults(sum, 'reward', { judgeBaseUrl: undefined })).toEqual([
    { path: 'reward.terms.1.reward.source', message: "line 2: SyntaxError: '(' was never closed" },
    { path: 'reward.terms.3.reward.source', message: "line 3: ModuleNotFoundError: No module named 'numpy'" },
    {
      path: 'reward.terms.4.reward.source',
      message: expect.stringMatching(/^TypeError: define score\(item\), or grade\(sample, item\)$/),
    },
  ]);
});

test('a judge that names no endpoint needs the operator to have named one', async () => {
  const judge = resolveReward({ type: 'judge', model: 'any' });
  expect(await rewardFaults(judge, 'reward', { judgeBaseUrl: undefined })).toEqual([
    {
      path: 'reward.base_url',
      message:
        'it names no endpoint, and the operator has named none: give base_url, or have the operator set JUDGE_BASE_URL',
    },
  ]);
  expect(await rewardFaults(judge, 'reward', { judgeBaseUrl: 'http://127.0.0.1:8000/v1' })).toEqual([]);
  const own = resolveReward({ type: 'judge', model: 'any', base_url: 'https://example.com/v1' });
  expect(await rewardFaults(own, 'reward', { judgeBaseUrl: undefined })).toEqual([]);
});
