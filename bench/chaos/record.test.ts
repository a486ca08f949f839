import { expect, test } from 'vitest';
import { differences, gaps, type RunRecord } from './record.js';

const record: RunRecord = {
  steps: ['step 1 aa', 'step 2 bb'],
  updates: ['update 1 of step 1 cc'],
  checkpoints: ['step 2 training final model.safetensors:dd'],
  trajectories: ['step 1 tree 0 trajectory 0 ee', 'step 1 tree 0 trajectory 1 ee'],
  usage: ['sampled_tokens 12'],
};

test.each<[string, Partial<RunRecord>, string[]]>([
  ['the same', {}, []],
  ['a gap', { steps: ['step 1 aa'] }, ['steps: lacks step 2 bb']],
  [
    'a double',
    { trajectories: [...record.trajectories, record.trajectories[1]!] },
    ['trajectories: has besides step 1 tree 0 trajectory 1 ee'],
  ],
  [
    'other weights',
    { checkpoints: ['step 2 training final model.safetensors:d0'] },
    [
      'checkpoints: lacks step 2 training final model.safetensors:dd',
      'checkpoints: has besides step 2 training final model.safetensors:d0',
    ],
  ],
])('%s is told', (_, changes, told) => {
  expect(differences(record, { ...record, ...changes })).toEqual(told);
});

test('a sequence has neither gaps nor doubles', () => {
  expect(gaps('events', [1, 2, 3])).toEqual([]);
  expect(gaps('events', [1, 3])).toEqual(['events: number 2 is 3 (of 2)']);
  expect(gaps('events', [1, 1, 2])).toEqual(['events: number 2 is 1 (of 3)']);
});
