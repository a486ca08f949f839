import { expect, test } from 'vitest';
import { resolveRunSpec } from '../../spec/run-spec.js';
import { evaluationCount } from '../../spec/run/held-out.js';
import { checkpointCount, timeEstimate } from './estimate.js';

test.each([
  [1, 10, 1],
  [10, 10, 1],
  [11, 10, 2],
  [30, 10, 3],
  [31, 10, 4],
])('a run of %i steps with a checkpoint due every %i writes %i', (steps, every, count) => {
  expect(checkpointCount(steps, every)).toBe(count);
});

test('a run that keeps its best checkpoint may write one after each evaluation', () => {
  expect(checkpointCount(31, 10, 4)).toBe(10);
});

test.each([
  [10, 10, 1],
  [11, 10, 2],
  [9, 3, 3],
  [9, null, 0],
])('a run of %i steps with an evaluation due every %s makes %i', (steps, every, count) => {
  expect(evaluationCount(steps, every)).toBe(count);
});

test('the parts of a run add up, each as often as it happens', () => {
  const spec = resolveRunSpec({
    method: 'arpo',
    model: 'mdl_1',
    dataset: 'ds_1',
    training: { steps: 20 },
    checkpoint: { every_steps: 10 },
    evaluation: { dataset: 'ds_2', every_steps: 5 },
  });
  const usual = {
    prepare: 2,
    step: { sample: 3, tools: 0.5, score: 0.25, update: 4 },
    evaluation: 10,
    checkpoint: 1,
  };
  const longest = { ...usual, step: { ...usual.step, sample: 6 } };
  expect(timeEstimate(20, spec, usual, longest)).toEqual({
    prepare_s: 2,
    sample_s: 60,
    tools_s: 10,
    score_s: 5,
    update_s: 80,
    evaluate_s: 40,
    checkpoint_s: 2,
    total_s: 199,
    longest_s: 259,
  });
});
