import { expect, test } from 'vitest';
import { resolveRunSpec, RunSpecInput, specProblems } from '../../src/spec/run-spec.js';
import { EvaluationSpecInput, evaluationProblems } from '../../src/spec/evaluation-spec.js';
import { ModelSpecInput, modelProblems } from '../../src/spec/model-spec.js';
import { decodings } from '../support/evaluate.js';
import { recipe } from './recipe.js';
import { coldStartSpec, evaluationSpec, modelSpec, policySpec } from './requests.js';

const datasets = { texts: 'ds_1', lessons: 'ds_2', questions: 'ds_3', heldOut: 'ds_4', corpus: 'ds_5' };
const runs = {
  sft: coldStartSpec(recipe, datasets, 'mdl_1', 7),
  arpo: policySpec(recipe, datasets, 'arpo', 'ckpt_1', 7),
  grpo: policySpec(recipe, datasets, 'grpo', 'ckpt_1', 7),
};

test('the service takes the model', () => {
  expect(modelProblems(ModelSpecInput.parse(modelSpec(recipe, datasets, 7)))).toEqual([]);
});

test.each(Object.entries(runs))('the service takes the %s run', (_, body) => {
  expect(specProblems(resolveRunSpec(RunSpecInput.parse(body)))).toEqual([]);
});

test('GRPO differs from ARPO in that all trajectories start at the prompt', () => {
  const [arpo, grpo] = [runs.arpo, runs.grpo].map((body) => resolveRunSpec(RunSpecInput.parse(body)));
  expect(arpo).toMatchObject({ rollout: { initial: 4, group_size: 8 } });
  expect(grpo).toMatchObject({ rollout: { initial: 8, group_size: 8 } });
});

test.each(decodings)('the service evaluates a model and a checkpoint, %s', (decoding) => {
  for (const subject of ['mdl_1', 'ckpt_1']) {
    const body = evaluationSpec(recipe, datasets, subject, decoding, 7);
    expect(evaluationProblems(EvaluationSpecInput.parse(body))).toEqual([]);
  }
});
