import { expect, test } from 'vitest';
import { inputProblems, resolveRunSpec, RunSpecInput, specProblems } from '../../src/spec/run-spec.js';
import { EvaluationSpecInput, evaluationProblems } from '../../src/spec/evaluation-spec.js';
import { ModelSpecInput, modelProblems } from '../../src/spec/model-spec.js';
import { decodings } from '../support/evaluate.js';
import { policyMethods, type PolicyMethod } from './options.js';
import { recipe } from './recipe.js';
import { coldStartSpec, evaluationSpec, modelSpec, policySpec } from './requests.js';

const datasets = { texts: 'ds_1', lessons: 'ds_2', questions: 'ds_3', heldOut: 'ds_4', corpus: 'ds_5' };
const policyRun = (method: PolicyMethod) => policySpec(recipe, datasets, method, 'ckpt_1', 7);
const runs = [coldStartSpec(recipe, datasets, 'mdl_1', 7), ...policyMethods.map(policyRun)];

test('the service takes the model', () => {
  expect(modelProblems(ModelSpecInput.parse(modelSpec(recipe, datasets, 7)))).toEqual([]);
});

test.each(runs)('the service takes the $method run, and uses all that it is given', (body) => {
  const input = RunSpecInput.parse(body);
  expect(inputProblems(input)).toEqual([]);
  expect(specProblems(resolveRunSpec(input))).toEqual([]);
});

test('GRPO differs from ARPO in that all trajectories start at the prompt', () => {
  const [arpo, grpo] = (['arpo', 'grpo'] as const).map((method) =>
    resolveRunSpec(RunSpecInput.parse(policyRun(method))),
  );
  expect(arpo).toMatchObject({ rollout: { initial: 2, branch_factor: 3, group_size: 8 } });
  expect(grpo).toMatchObject({ rollout: { initial: 8, group_size: 8 } });
});

test.each(decodings)('the service evaluates a model and a checkpoint, %s', (decoding) => {
  for (const subject of ['mdl_1', 'ckpt_1']) {
    const body = evaluationSpec(recipe, datasets, subject, decoding, 7);
    expect(evaluationProblems(EvaluationSpecInput.parse(body))).toEqual([]);
  }
});
