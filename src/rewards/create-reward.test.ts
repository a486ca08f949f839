import { expect, test } from 'vitest';
import { createReward } from './create-reward.js';

const item = {
  response: '<think>t</think></search></python><answer>\\boxed{the city of Lima}</answer>',
  reference: 'Lima',
};

test.each([
  [{ type: 'arpo', fidelity: 'bough' }, 0.5],
  [{ type: 'arpo', fidelity: 'reference' }, 0.6],
  [{ type: 'exact_match' }, 0],
  [{ type: 'f1' }, 0.5],
] as const)('%o scores %d', async (spec, reward) => {
  expect((await createReward(spec).score(item)).reward).toBe(reward);
});

test('refuses what is declared but not built', () => {
  expect(() => createReward({ type: 'math' })).toThrow(/not available/);
});
