import { describe, expect, test } from 'vitest';
import { inputProblems, resolveRunSpec, specWarnings, type RunSpecInput } from '../run-spec.js';

const tools = [{ type: 'python' }];
/** Of a method that learns from rewards, with a tool, and updates in which clipping counts. */
const posted = ({ training, ...given }: { training?: object }): RunSpecInput =>
  ({
    method: 'arpo',
    model: 'mdl_1',
    dataset: 'ds_1',
    tools,
    ...given,
    training: { mini_batch_prompts: 4, ...training },
  }) as RunSpecInput;

const warnings = (given: object) => specWarnings(posted(given));
const refused = (given: object) => inputProblems(posted(given)).map(({ path, message }) => `${path}: ${message}`);

describe('a field is warned of that has no effect', () => {
  test.each<[fields: string, why: string, given: object]>([
    ['training.pools', 'both chances are 1', { training: { pools: { solved_reward: 2 } } }],
    ['advantage.step_discount', 'step_weight', { advantage: { step_discount: 0.9 } }],
    ['optimizer.decay_start', 'schedule', { optimizer: { decay_start: 0.5 } }],
    ['optimizer.final_fraction', 'constant', { optimizer: { final_fraction: 0.1 } }],
    ['optimizer.decay', 'weight_decay is 0', { optimizer: { weight_decay: 0, decay: 'all' } }],
    ['rollout.tool_call_limit', 'no tools', { method: 'grpo', tools: [], rollout: { tool_call_limit: 5 } }],
    [
      'rollout.max_result_tokens, budget.tool_calls',
      'no tools',
      { method: 'grpo', tools: [], rollout: { max_result_tokens: 5 }, budget: { tool_calls: 9 } },
    ],
    ['tools', 'tool_call_limit is 0', { method: 'grpo', rollout: { tool_call_limit: 0 } }],
    [
      'rollout.max_tool_calls_per_turn',
      'at most rollout.tool_call_limit calls, 3',
      { prompt: { tool_syntax: 'chat' }, rollout: { max_tool_calls_per_turn: 3 } },
    ],
    [
      'training.clip_high, training.dual_clip',
      'one update',
      { training: { mini_batch_prompts: 8, clip_high: 0.28, dual_clip: null } },
    ],
    [
      'training.clip_low',
      'one update',
      { method: 'rloo', training: { mini_batch_prompts: 8, clip_low: 0.1, adapter: { type: 'lora' } } },
    ],
  ])('%s: %s', (fields, why, given) => {
    const [warning, ...others] = warnings(given);
    expect(warning).toMatch(new RegExp(`^${fields.replaceAll('.', '\\.')} (has|have) no effect: .*${why}`));
    expect(others).toEqual([]);
  });

  test.each<[why: string, given: object]>([
    ['steps count', { method: 'gigpo', advantage: { step_discount: 0.9 } }],
    ['the schedule decays', { optimizer: { schedule: 'constant_then_linear', decay_start: 0.5, final_fraction: 0.1 } }],
    ['a pool holds questions back', { training: { pools: { too_hard: 0, too_hard_reward: -1 } } }],
    ['several updates are made', { training: { clip_high: 0.28 } }],
    [
      'dropout makes ratios',
      { training: { mini_batch_prompts: 8, clip_high: 0.28, adapter: { type: 'lora', dropout: 0.1 } } },
    ],
    ['a bound of 0 cuts what rounding leaves', { training: { mini_batch_prompts: 8, clip_high: 0 } }],
    ['it says what would be filled in', { method: 'grpo', tools: [], rollout: { tool_call_limit: 3 } }],
  ])('and none is where %s', (_why, given) => {
    expect(warnings(given)).toEqual([]);
  });

  test('of an sft run too', () => {
    const sft = { method: 'sft', model: 'mdl_1', dataset: 'ds_1', optimizer: { decay_start: 0.5 } } as const;
    expect(specWarnings(sft)).toEqual([expect.stringMatching(/^optimizer\.decay_start has no effect: .* is cosine$/)]);
  });
});

describe('what nothing forks by', () => {
  test.each<[why: string, given: object]>([
    ['the run has no tools', { tools: [] }],
    ['rollout.tool_call_limit is 0', { rollout: { tool_call_limit: 0 } }],
    ['rollout.initial is group_size', { rollout: { group_size: 4, initial: 4 } }],
    ['the fork probability is at most 0.9,', { rollout: { base_probability: 0.4, threshold: 0.95 } }],
    ['the fork probability is at most 1, which does not exceed', { rollout: { threshold: 1 } }],
    ['the fork probability is at most 0.', { rollout: { base_probability: 0, entropy_weight: 0 } }],
  ])('%s', (why, given) => {
    expect(warnings(given)[0]).toMatch(`Nothing forks: ${why}`);
  });

  test('is said with the fields that have no effect for it', () => {
    const given = { advantage: { attribution: 'hard' }, rollout: { group_size: 4, initial: 4, slot_order: 'index' } };
    expect(warnings(given)[1]).toMatch(
      /^rollout\.initial, rollout\.slot_order, advantage\.attribution have no effect: rollout\.initial is group_size/,
    );
  });

  test('is not where a threshold can be exceeded', () => {
    expect(warnings({ rollout: { preset: 'paper' } })).toEqual([]);
    expect(warnings({ rollout: { threshold: 0.9 } })).toEqual([]);
    expect(warnings({ method: 'aepo' })).toEqual([]);
    expect(warnings({ rollout: { branching: 'deferred', base_probability: 0.5 } })).toEqual([]);
  });
});

test('forks after every tool result are said, by whatever number', () => {
  const always = [expect.stringMatching(/^Rollouts fork after every tool result, whatever the entropy/)];
  expect(warnings({ rollout: { threshold: 0, base_probability: 1, entropy_weight: 0.2 } })).toEqual(always);
  expect(warnings({ rollout: { base_probability: 1, entropy_weight: 0 } })).toEqual(always);
});

test('a learning rate that is never reached, or is 0, is said', () => {
  expect(warnings({ training: { steps: 5 }, optimizer: { warmup_steps: 9 } })).toEqual([]);
  expect(warnings({ training: { steps: 5 }, optimizer: { warmup_steps: 10 } })).toEqual([
    expect.stringMatching(/^optimizer\.warmup_steps \(10\) is not over when the run ends, after 10 updates/),
  ]);
  expect(warnings({ optimizer: { learning_rate: 0 } })).toEqual(['optimizer.learning_rate is 0: nothing is learnt']);
});

test('what says something that the method cannot do is refused, each field with a remedy', () => {
  const given = {
    method: 'grpo',
    rollout: { preset: 'paper', initial: 4, branching: 'deferred' },
    advantage: { attribution: 'hard' },
  };
  expect(refused(given)).toEqual(
    ['rollout.initial', 'rollout.branching', 'advantage.attribution'].map(
      (path) => `${path}: grpo does not fork; remove it, or use method arpo`,
    ),
  );
  // The presets of ARPO say more than how rollouts fork: grpo takes the rest.
  expect(refused({ method: 'dapo', rollout: { preset: 'paper' } })).toEqual([
    'rollout.preset: it says how rollouts fork, and dapo does not fork; remove it, or use method arpo',
  ]);
  expect(refused({ method: 'gspo', training: { dual_clip: 3 } })).toEqual([
    'training.dual_clip: gspo does not use it; remove it',
  ]);
  expect(refused({ rollout: { starts_sensitivity: 3 } })).toEqual([
    'rollout.starts_sensitivity: has no effect with fixed starts; remove it, or set starts to entropy',
  ]);
  expect(refused({ training: { reference_model: 'mdl_2' } })).toEqual([
    'training.reference_model: has no effect without training.kl_coefficient or advantage.kl_coefficient; set one, or remove this',
  ]);
  expect(inputProblems({ method: 'sft', model: 'mdl_1', dataset: 'ds_1', budget: { tool_calls: 1 } })).toEqual([
    { path: 'budget.tool_calls', message: 'a run of method sft samples nothing; use wall_time_s' },
  ]);
});

test('a spec that was answered is neither refused nor warned of more than the one that was posted', () => {
  const leftovers: object = { rollout: { preset: 'paper', tool_call_limit: 0 }, optimizer: { decay_start: 0.1 } };
  const given = posted(leftovers);
  const answered = resolveRunSpec(given) as RunSpecInput;
  expect(inputProblems(answered)).toEqual([]);
  expect(specWarnings(answered)).toEqual(specWarnings(given));
  expect(specWarnings(given).length).toBeGreaterThan(1);
});

test.each([
  [{ type: 'tool_use', tool: 'nope' }, 'reward: counts calls of nope, and there is only python'],
  [
    { type: 'sum', terms: [{ reward: { type: 'f1' } }, { reward: { type: 'tool_use', tool: 'search' } }] },
    'reward.terms.1.reward: counts calls of search, and there is only python',
  ],
])('a reward for calls that no tool can answer is warned of: %j', (reward, warning) => {
  expect(warnings({ method: 'grpo', tools, reward })).toEqual([warning]);
  // What an MCP server calls its tools is not known yet.
  expect(warnings({ method: 'grpo', tools: [{ type: 'mcp', url: 'https://x.example' }], reward })).toEqual([]);
});
