import { expect, test } from 'vitest';
import { treeLines, type Score, type Tree } from './tree-text.js';

const segment = (id: string, parent: string | null, index: number, fields: object = {}) =>
  ({
    id,
    parent_id: parent,
    index,
    kind: 'model',
    text: id,
    forked: false,
    forks: null,
    tool: null,
    ...fields,
  }) as Tree['segments'][number];
const tool = {
  name: 'search',
  input: 'capital of Peru',
  text: 'Lima',
  outcome: 'ok',
  latency_ms: 1,
  call: '1',
  span: null,
};

const tree = {
  segments: [
    segment('Which?', null, 0, { kind: 'prompt' }),
    segment('I search', 'Which?', 1),
    segment('result', 'I search', 2, { kind: 'tool', tool }),
    segment('It is Lima', 'result', 3, {
      forks: { wanted: 1, granted: 1, decode_step: 1 },
      delta_entropy: 0.25,
      branch_probability: 0.6,
    }),
    segment('It is \u001B[31mPeru\nand more', 'result', 4, { forked: true }),
  ],
  trajectories: [
    { id: 'a', index: 0, segment_ids: ['Which?', 'I search', 'result', 'It is Lima'] },
    { id: 'b', index: 1, segment_ids: ['Which?', 'I search', 'result', 'It is \u001B[31mPeru\nand more'] },
  ],
};
const scores: Score[] = [
  { id: 'a', index: 0, reward: 1, reward_status: 'scored', answer: 'Lima' },
  { id: 'b', index: 1, reward: null, reward_status: 'infra_error', answer: null },
];

test('a tree is read from above, and its forks from left to right; nothing in it steers the terminal', () => {
  expect(treeLines(tree, scores, (text) => text)).toEqual([
    'Which?',
    'I search',
    'search "capital of Peru" → Lima',
    '├─ It is Lima  (ΔH +0.25, P 0.60: forked)',
    '│  = 1: reward 1  Lima',
    '└─ It is ␛[31mPeru and more  (fork)',
    '   = 2: infra_error',
  ]);
});
