import { expect, test } from 'vitest';
import { inputProblems, resolveRunSpec, specProblems, type PolicyRunSpec, type RunSpecInput } from '../run-spec.js';

const posted = { model: 'mdl_1', dataset: 'ds_1' };
const resolve = (input: object) => resolveRunSpec({ method: 'arpo', ...posted, ...input }) as PolicyRunSpec;

test.each([
  [{}, { group_size: 16, initial: 4, branch_factor: 3 }],
  [{ group_size: 8 }, { initial: 2, branch_factor: 3 }],
  [{ group_size: 2 }, { initial: 1 }],
  [
    { preset: 'paper', group_size: 8 },
    { initial: 4, branch_factor: 1 },
  ],
])('of a group %j as many start at the prompt as the preset has it: %j', (rollout, expected) => {
  expect(resolve({ rollout }).rollout).toMatchObject(expected);
});

test('reference makes the choices of the released code, in rollouts, reward and update', () => {
  const spec = resolve({ rollout: { preset: 'reference' }, training: { prompts_per_step: 128 } });
  expect(spec.rollout).toMatchObject({
    group_size: 16,
    initial: 8,
    branching: 'lock_step',
    fill: 'serial',
    branch_factor: 1,
    base_probability: 0.5,
    entropy_weight: 0.2,
    threshold: null,
    probe_tokens: 20,
    probe: 'before_result',
    entropy: 'top_k',
    entropy_scale: 'sum_over_log_vocab',
    baseline: 'first_recorded_in_slot',
    slot_order: 'index',
    max_prompt_tokens: 1536,
    max_response_tokens: 4096,
    result_prefix: 'space',
    empty_result_attempts: 3,
    tool_call_limit: 3,
    at_call_limit: 'append_end',
  });
  expect(spec.reward).toEqual({ type: 'arpo', fidelity: 'reference' });
  // Eight updates of 16 prompts.
  expect(spec.training).toMatchObject({
    mini_batch_prompts: 16,
    dual_clip: 3,
    loss_aggregation: 'token',
    kl_coefficient: 0,
  });
  expect(spec.optimizer).toMatchObject({ learning_rate: 1e-6, weight_decay: 0.01, decay: 'all', schedule: 'constant' });
  expect(specProblems(spec)).toEqual([]);
});

test('paper sets the update of its equations; hard attribution is a choice beside it', () => {
  const spec = resolve({ rollout: { preset: 'paper' }, advantage: { attribution: 'hard' } });
  expect(spec.rollout).toMatchObject({ entropy_scale: 'sum_over_vocab', threshold: 0.5, fill: 'at_once' });
  expect(spec.training).toMatchObject({ loss_aggregation: 'sequence', dual_clip: null, mini_batch_prompts: 8 });
  expect(spec.advantage).toMatchObject({ estimator: 'grpo', attribution: 'hard' });
  expect(specProblems(spec)).toEqual([]);
});

test.each(['paper', 'reference'])(
  '%s is a default: what is given counts, and what is answered can be posted again',
  (preset) => {
    const given = {
      rollout: { preset, probe_tokens: 5 },
      reward: { type: 'f1' },
      training: { mini_batch_prompts: 2, dual_clip: 2 },
    };
    const spec = resolve(given);
    expect([
      spec.rollout.probe_tokens,
      spec.reward?.type,
      spec.training.mini_batch_prompts,
      spec.training.dual_clip,
    ]).toEqual([5, 'f1', 2, 2]);
    expect(inputProblems(spec as RunSpecInput)).toEqual([]);
    expect(resolveRunSpec(spec as RunSpecInput)).toEqual(spec);
  },
);

test('a step of fewer prompts than updates is cut into its prompts', () => {
  const spec = resolve({ rollout: { preset: 'reference' }, training: { prompts_per_step: 3 } });
  expect(spec.training.mini_batch_prompts).toBe(1);
});

test('grpo takes the same, so that the two can be compared; a method with an update of its own keeps it', () => {
  const grpo = resolve({ method: 'grpo', rollout: { preset: 'reference' }, training: { prompts_per_step: 16 } });
  expect([grpo.rollout.result_prefix, grpo.rollout.initial, grpo.training.mini_batch_prompts]).toEqual([
    'space',
    16,
    2,
  ]);
  const dapo = resolve({ method: 'dapo', rollout: { preset: 'reference' } });
  expect(dapo.training).toEqual(resolve({ method: 'dapo' }).training);
});

test('an episode is scored only where its environment is among the tools, in sums as well', () => {
  const environment = { type: 'environment', name: 'guess', description: 'Guesses.', url: 'https://example.com' };
  const problems = (reward: object, tools: object[]) => specProblems(resolve({ reward, tools }));
  const reward = { type: 'environment', tool: 'guess' };
  expect(problems(reward, [environment])).toEqual([]);
  const none = 'names a tool of type environment, of which none is among the tools';
  expect(problems(reward, [{ type: 'python' }])).toEqual([{ path: 'reward.tool', message: none }]);
  const sum = { type: 'sum', terms: [{ reward: { ...reward, tool: 'other' }, weight: 1 }] };
  expect(problems(sum, [environment])).toEqual([
    { path: 'reward.terms.0.reward.tool', message: expect.stringContaining('only guess is among the tools') },
  ]);
});
