/** What becomes of a step whose agents do not come, or do not end. With agents that do: test/external-agents.e2e.ts. */
import { expect, test } from 'vitest';
import { tinyTokenizer } from '../../../test/support/fake-policy.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { resolveRunSpec } from '../../spec/run-spec.js';
import { Budget } from '../budget.js';
import { ChatInbox } from '../chat-inbox.js';
import { RolloutDraws } from '../draws.js';
import type { Link } from '../link.js';
import type { LoadedModel } from '../model/loaded-model.js';
import { Renderer } from '../model/render.js';
import type { Questions } from '../rollout/rollout-runner.js';
import { trainingSettings } from '../rollout/settings.js';
import { AgentRunner, StepGivenUp } from './agent-runner.js';

const tokenizer = tinyTokenizer(['What is it?'], []);
const renderer = new Renderer(tokenizer, [], null);
const store = { ensure: () => {}, clear: () => {} };
const policy = {
  config: { vocabSize: tokenizer.vocabSize, maxPositions: 64, eosTokenIds: [] },
  newStore: () => store,
  freeze: () => Promise.resolve(),
  thaw: () => Promise.resolve(),
};
const spec = resolveRunSpec({
  method: 'grpo',
  model: 'mdl_1',
  dataset: 'ds_1',
  rollout: { source: 'external', group_size: 2, timeout_s: 1 },
}) as PolicyRunSpec;

function asked(link: Partial<Link>, budget: Partial<PolicyRunSpec['budget']> = {}, absentMs?: number) {
  const stored: unknown[] = [];
  const whole = {
    chats: new ChatInbox(),
    signal: new AbortController().signal,
    isPausing: false,
    chat: () => {},
    store: (message: unknown) => Promise.resolve(void stored.push(message)),
    ...link,
  } as unknown as Link;
  const limits = { tool_calls: null, sampled_tokens: null, wall_time_s: null, ...budget };
  const questions: Questions = {
    prompts: [{ place: 0, example: 7, prompt: renderer.prompt([{ role: 'user', content: 'What is it?' }]) }],
    settings: trainingSettings(spec.rollout, null),
    draws: new RolloutDraws(0, 1),
    datasetOf: () => 'ds_1',
    maskTruncated: false,
    step: 1,
    callPrefix: '1/',
    meter: new Budget(limits, { tool_calls: 0, sampled_tokens: 0, wall_time_s: 0 }),
    onProgress: () => {},
  };
  const model = { policy, renderer } as unknown as LoadedModel;
  return { stored, asking: new AgentRunner(model, spec, whole, absentMs).ask(questions) };
}

test('a run that nobody brings rollouts ends its trainer, and says what to start', async () => {
  const { stored, asking } = asked({}, {}, -900);
  await expect(asking).rejects.toMatchObject({ code: 'agents_absent', message: expect.stringContaining('/rollouts') });
  expect(stored).toEqual([{ type: 'rollouts_wanted', step: 1, trees: [{ tree: 0, example: 7 }], each: 2 }]);
});

test('a run that pauses gives its step up, with what there is of it', async () => {
  const { scored, stopped } = await asked({ isPausing: true }).asking;
  expect(stopped).toBeInstanceOf(StepGivenUp);
  expect(scored[0]!.tree.trajectories.map(({ finishReason }) => finishReason)).toEqual(['unfinished', 'unfinished']);
});

test('a budget of time ends the waiting too', async () => {
  const { stopped } = await asked({}, { wall_time_s: 0.01 }).asking;
  expect(stopped).toMatchObject({ budget: 'wall_time_s' });
});

test('rollouts that end without a call are no reward, and say so', async () => {
  const chats = new ChatInbox();
  for (const index of [0, 1]) {
    const rollout = { step: 1, tree: 0, index };
    const how =
      index === 0
        ? { outcome: 'finished' as const, message: null }
        : { outcome: 'infra_error' as const, message: 'it fell' };
    chats.put({ type: 'rollout_ended', rollout, reward: 1, ...how });
  }
  const askScores = () => Promise.resolve([]);
  const { scored, stopped } = await asked({ chats, askScores }).asking;
  expect(stopped).toBeNull();
  expect(scored[0]!.scores_G.map(({ status, problem }) => [status, problem])).toEqual([
    ['infra_error', 'the agent has not asked the policy anything'],
    ['infra_error', 'it fell'],
  ]);
});
