import { expect, test } from 'vitest';
import type { TrainerMessageOf } from '../../src/protocol/messages.js';
import { stepFaults, treeFaults } from './record-faults.js';

type Tree = TrainerMessageOf<'tree'>;
type Step = TrainerMessageOf<'step'>;

const plain = { forked: false, entropy: null, delta_entropy: null, branch_probability: null, forks: null, tool: null };
const call = { name: 'search', input: 'x', call: '0/0/0', latency_ms: 1, outcome: 'ok' as const, text: 'blue' };
const trajectory = {
  leaf: 3,
  finish_reason: 'stop' as const,
  reward_status: 'scored' as const,
  reward: 1,
  parts: {},
  flags: [],
  answer: null,
  format_valid: true,
  exact_match: 1,
  advantage: 0.5,
};
const tree = (): Tree => ({
  type: 'tree',
  step: 1,
  tree: 0,
  example: 0,
  segments: [
    { ...plain, parent: null, kind: 'prompt', start: 0, length: 2, text: '' },
    { ...plain, parent: 0, kind: 'model', start: 2, length: 1, text: '' },
    { ...plain, parent: 1, kind: 'tool', start: 3, length: 1, text: '', tool: call },
    { ...plain, parent: 2, kind: 'model', start: 4, length: 2, text: '' },
  ],
  trajectories: [trajectory],
});
const numbers = () => ({
  token_ids: Int32Array.of(1, 2, 3, 4, 5, 6),
  logprobs: Float32Array.of(0, 0, -1, 0, -2, -3),
  entropies: Float32Array.of(0, 0, 1, 0, 1, 1),
  advantages: Float32Array.of(0, 0, 1, 0, 1, 1),
});
const answered = new Map([['1/0/0/0', 'blue']]);

test('a tree that holds together has no fault', () => {
  expect(treeFaults(tree(), numbers(), answered)).toEqual([]);
});

test.each<[string, (tree: Tree, arrays: ReturnType<typeof numbers>) => void, string]>([
  ['a gap', ({ segments }) => void (segments[3]!.start = 5), 'segment 3 starts at 5'],
  [
    'a child before its parent',
    ({ segments }) => void (segments[1]!.parent = 2),
    'segment 1 comes before its parent 2',
  ],
  ['a result without its call', ({ segments }) => void (segments[2]!.tool = null), 'its tool is null'],
  ['another result', ({ segments }) => void (segments[2]!.tool = { ...call, text: 'red' }), 'was answered'],
  ['a trajectory that ends half-way', ({ trajectories }) => void (trajectories[0]!.leaf = 1), 'which is no leaf'],
  ['a score that is none', ({ trajectories }) => void (trajectories[0]!.reward = null), 'is scored with reward null'],
  [
    'a tool’s token that is trained on',
    (_, { advantages }) => void (advantages[3] = 1),
    'advantages is not zero in segment 2',
  ],
  ['a log-probability above 0', (_, { logprobs }) => void (logprobs[4] = 0.5), 'above 0'],
  ['a log-probability that is none', (_, { logprobs }) => void (logprobs[4] = NaN), 'no number'],
])('%s is found', (_, spoil, fault) => {
  const [spoilt, arrays] = [tree(), numbers()];
  spoil(spoilt, arrays);
  expect(treeFaults(spoilt, arrays, answered).join('; ')).toContain(fault);
});

const step = (segment: number, length: number): Step => ({
  type: 'step',
  step: 1,
  steps: 1,
  metrics: { 'policy/loss': 1 },
  usage: {} as Step['usage'],
  updates: [
    {
      update: 1,
      epoch: 0,
      learning_rate: 0.1,
      loss_denominator: 1,
      loss: 1,
      grad_norm: 1,
      trees: [0],
      segments: [{ tree: 0, segment, start: 0, length }],
      passes: [],
    },
  ],
  estimated_seconds_left: null,
});

test('an update refers to what the policy wrote, with a number for each token', () => {
  const trees = new Map([[0, tree()]]);
  const both = { '1/advantages': Float32Array.of(1, 1), '1/old_logprobs': Float32Array.of(-2, -3) };
  expect(stepFaults(step(3, 2), both, trees)).toEqual([]);
  expect(stepFaults(step(2, 1), both, trees).join()).toContain('which the policy did not write');
  expect(stepFaults(step(3, 1), both, trees).join()).toContain('has 2 tokens, not 1');
  expect(stepFaults(step(3, 2), {}, trees)).toEqual([
    '1/advantages has 0 numbers for 2 tokens',
    '1/old_logprobs has 0 numbers for 2 tokens',
  ]);
  expect(stepFaults({ ...step(3, 2), metrics: { loss: NaN } }, both, trees)).toEqual(['loss is NaN']);
});
