import { expect, test } from 'vitest';
import { ResolvedRewardSpec, resolveReward, rewardProblems, RewardSpecInput } from './index.js';

test.each([
  [{ type: 'arpo' }, { type: 'arpo', fidelity: 'bough' }],
  [
    { type: 'arpo', fidelity: 'reference' },
    { type: 'arpo', fidelity: 'reference' },
  ],
  [{ type: 'f1' }, { type: 'f1' }],
])('%o has every default filled in', (given, resolved) => {
  expect(ResolvedRewardSpec.parse(resolveReward(RewardSpecInput.parse(given)))).toEqual(resolved);
});

test('a reward that is not built is named with its path and with those that are', () => {
  const sum = RewardSpecInput.parse({ type: 'sum', terms: [{ weight: 1, reward: { type: 'f1' } }] });
  expect(rewardProblems(sum, 'grader')).toEqual([
    { path: 'grader.type', message: 'reward sum is not built yet; use arpo, exact_match or f1' },
  ]);
  expect(rewardProblems({ type: 'f1' })).toEqual([]);
});
