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
  expect(await rewardFaults(sum, 'reward')).toEqual([
    { path: 'reward.terms.1.reward.source', message: "line 2: SyntaxError: '(' was never closed" },
    { path: 'reward.terms.3.reward.source', message: "line 3: ModuleNotFoundError: No module named 'numpy'" },
    {
      path: 'reward.terms.4.reward.source',
      message: expect.stringMatching(/^TypeError: define score\(item\), or grade\(sample, item\)$/),
    },
  ]);
});
