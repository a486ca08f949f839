import { expect, test } from 'vitest';
import { EvaluationSpecInput, evaluationProblems } from '../../src/spec/evaluation-spec.js';
import {
  inputProblems,
  resolveRunSpec,
  RunSpecInput,
  specProblems,
  type PolicyRunSpec,
} from '../../src/spec/run-spec.js';
import { heldOutSpec } from '../study/held-out.js';
import { armNames, arms, type ArmName } from './arms.js';
import { protocol } from './protocol.js';
import { armSpec } from './requests.js';
import { tasks } from './tasks.js';

const { recipe } = tasks['3-call'];
const datasets = { texts: 'ds_1', lessons: 'ds_2', questions: 'ds_3', heldOut: 'ds_4', corpus: 'ds_5' };
const inputOf = (name: ArmName) => RunSpecInput.parse(armSpec(recipe, datasets, arms[name], 'ckpt_1', 11));
const specOf = (name: ArmName) => resolveRunSpec(inputOf(name)) as PolicyRunSpec;

test.each(armNames)('the service takes arm %s, and uses all that it is given', (name) => {
  expect(inputProblems(inputOf(name))).toEqual([]);
  expect(specProblems(specOf(name))).toEqual([]);
});

test.each(armNames)('arm %s differs from GRPO in its forks and its length alone', (name) => {
  const apart = ({ rollout, training, ...rest }: PolicyRunSpec) => {
    const { group_size, temperature, max_response_tokens, tool_call_limit } = rollout;
    const { steps: _, ...trained } = training;
    const { method: __, name: ___, checkpoint, ...others } = rest;
    const { every_steps } = checkpoint;
    return { group_size, temperature, max_response_tokens, tool_call_limit, trained, every_steps, others };
  };
  expect(apart(specOf(name))).toEqual(apart(specOf('grpo')));
});

test('the two deferred arms differ in which tool results they fork from alone', () => {
  const { rollout: entropy } = specOf('deferred');
  const { rollout: random } = specOf('random');
  expect({ ...random, slot_order: 'entropy' }).toEqual(entropy);
  expect(random.slot_order).toBe('random');
});

test.each(armNames)(
  'arm %s keeps a checkpoint for every evaluation, and is evaluated at the step of equal steps',
  (name) => {
    const { training, checkpoint } = specOf(name);
    expect(checkpoint.every_steps).toBe(protocol.evaluateEvery);
    expect(checkpoint.keep * checkpoint.every_steps).toBeGreaterThan(training.steps);
    expect(training.steps).toBeGreaterThanOrEqual(protocol.equalSteps);
    expect(protocol.equalSteps % protocol.evaluateEvery).toBe(0);
  },
);

test('the service evaluates with four sampled answers to each question', () => {
  const body = EvaluationSpecInput.parse(heldOutSpec(recipe, datasets, 'ckpt_1', { ...protocol, seed: 11 }));
  expect(evaluationProblems(body)).toEqual([]);
  expect(body.sampling).toMatchObject({ temperature: 1, samples: 4, tool_call_limit: 3 });
});
