import { expect, test } from 'vitest';
import { BoundedReward } from './bounded-reward.js';
import { scoreEach } from './each.js';

test('a reward whose advantages would overflow is an error that says what to do', async () => {
  const rewards = [1e9, -1e308];
  const reward = new BoundedReward(
    scoreEach(() => ({ reward: rewards.shift()!, parts: {}, flags: [], answer: null, formatValid: true })),
  );
  const items = Array.from({ length: 2 }, () => ({ response: [], reference: 'Lima' }));
  expect(await reward.score(items, new AbortController().signal)).toMatchObject([
    { kind: 'scored', reward: 1e9 },
    { kind: 'infra_error', message: expect.stringContaining('the reward -1e+308 is beyond ±1000000000') },
  ]);
});
