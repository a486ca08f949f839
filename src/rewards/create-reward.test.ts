import { expect, test } from 'vitest';
import { said } from '../../test/support/responses.js';
import { resolveReward, type RewardSpecInput } from '../spec/rewards/index.js';
import { createReward } from './create-reward.js';

const context = { pythonThreads: 1 };
const item = {
  response: said('<think>t</think></search></python><answer>\\boxed{the city of Lima}</answer>'),
  reference: 'Lima',
};

test.each([
  [{ type: 'arpo', fidelity: 'bough' }, 0.5],
  [{ type: 'arpo', fidelity: 'reference' }, 0.6],
  [{ type: 'exact_match' }, 0],
  [{ type: 'f1' }, 0.5],
  [{ type: 'contains' }, 1],
  [{ type: 'math', comparison: 'strings' }, 0],
  [{ type: 'paper_metric' }, 0.5],
  [{ type: 'paper_metric', metric: 'acc', task: 'math' }, 1],
  [{ type: 'length_penalty', max: 10 }, -1],
  [{ type: 'tool_use', min: 0, reward: 0.2 }, 0.2],
  [
    {
      type: 'sum',
      terms: [{ reward: { type: 'f1' }, weight: 2 }, { reward: { type: 'contains' } }],
      clamp: { max: 1.5 },
    },
    1.5,
  ],
] satisfies [RewardSpecInput, number][])('%o scores %d', async (spec, reward) => {
  const { signal } = new AbortController();
  expect(await createReward(resolveReward(spec), context).score([item, item], signal)).toMatchObject([
    { reward },
    { reward },
  ]);
});

test('an answer that cannot be scored leaves the others their scores', async () => {
  const reward = createReward({ type: 'arpo', fidelity: 'reference' }, context);
  const outcomes = await reward.score([{ ...item, reference: 5 }, item], new AbortController().signal);
  expect(outcomes).toMatchObject([
    { kind: 'infra_error', message: expect.stringMatching('quote the number') },
    { kind: 'scored', reward: 0.6 },
  ]);
});

test('scoring stops when it is told to', async () => {
  const scored = createReward({ type: 'f1' }, context).score([item], AbortSignal.abort(new Error('cancelled')));
  await expect(scored).rejects.toThrow('cancelled');
});
