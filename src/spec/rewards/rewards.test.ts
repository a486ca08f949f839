import { expect, test } from 'vitest';
import {
  comparisonsIn,
  ResolvedRewardSpec,
  resolveReward,
  rewardProblems,
  RewardSpecInput,
  secretsOf,
} from './index.js';
import { SIMPLE_REWARDS } from './simple.js';

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
  [
    { type: 'http', url: 'https://example.com' },
    { type: 'http', url: 'https://example.com', secret: null, timeout_s: 30, concurrency: 8, cache: 'off' },
  ],
  [
    { type: 'environment', tool: 'guess' },
    { type: 'environment', tool: 'guess', take: 'sum' },
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

test('a reward that contradicts itself is named with its path', () => {
  const sum = RewardSpecInput.parse({
    type: 'sum',
    terms: [
      { reward: { type: 'judge', model: 'm', prompt: 'Is {question} good?' } },
      { reward: { type: 'tool_use', min: 3, max: 2 }, name: 'calls' },
      { reward: { type: 'length_penalty', max: 5, buffer: 6 }, name: 'calls' },
    ],
    clamp: { min: 1, max: 0 },
  });
  expect(rewardProblems(sum, 'grader')).toEqual([
    {
      path: 'grader.terms.0.reward.prompt',
      message: 'must have {answer} or {response}: every answer would get the same verdict',
    },
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

test.each([
  [{ verdict: { type: 'choice', scores: { yes: 1 } } }, 'verdict.scores', /two choices or more/],
  [{ verdict: { type: 'regex', pattern: '(' } }, 'verdict.pattern', /Invalid regular expression/],
  [{ extra_body: { stream: true } }, 'extra_body.stream', /must not be given here/],
])('a judge with %o is refused', (change, path, message) => {
  const judge = RewardSpecInput.parse({ type: 'judge', model: 'm', ...change });
  expect(rewardProblems(judge)).toEqual([{ path: `reward.${path}`, message: expect.stringMatching(message) }]);
});

test('OpenAI’s score_model has to show the answer, and a range to score it in', () => {
  const grader = { type: 'score_model', model: 'm', input: [{ role: 'user', content: 'Good?' }], range: [1, 1] };
  expect(rewardProblems(RewardSpecInput.parse(grader), 'grader').map(({ path }) => path)).toEqual([
    'grader.input',
    'grader.range',
  ]);
});

test('secrets and comparisons are found wherever they are', () => {
  const judge = { type: 'judge', model: 'm', secret: 'one' };
  const group = { type: 'judge_group', model: 'm', secret: 'two' };
  const http = { type: 'http', url: 'https://example.com', secret: 'three' };
  const found = (reward: object) => {
    const spec = resolveReward(RewardSpecInput.parse(reward));
    return [secretsOf(spec).map(({ path, name }) => `${path} ${name}`), comparisonsIn(spec)];
  };
  expect(found(http)).toEqual([['reward.secret three'], []]);
  expect(found({ type: 'sum', terms: [{ reward: judge }, { reward: group }] })).toEqual([
    ['reward.terms.0.reward.secret one', 'reward.terms.1.reward.secret two'],
    ['reward.terms.1.reward'],
  ]);
  expect(found({ type: 'multi', graders: { a: group, b: http }, calculate_output: 'a + b' })).toEqual([
    ['reward.graders.a.secret two', 'reward.graders.b.secret three'],
    ['reward.graders.a'],
  ]);
});

test.each(['http', 'judge', 'judge_group', 'score_model'] as const)(
  'the example of %s can be posted as it is',
  (type) => {
    const { examples } = SIMPLE_REWARDS[type].input.meta() as { examples: unknown[] };
    expect(examples).toHaveLength(1);
    for (const example of examples) expect(rewardProblems(RewardSpecInput.parse(example))).toEqual([]);
  },
);
