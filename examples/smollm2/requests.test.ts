import { expect, test } from 'vitest';
import { resolveRunSpec, RunSpecInput, specProblems } from '../../src/spec/run-spec.js';
import { EvaluationSpecInput, evaluationProblems } from '../../src/spec/evaluation-spec.js';
import { ModelSpecInput, modelProblems } from '../../src/spec/model-spec.js';
import { decodings } from '../support/evaluate.js';
import { usualSizes } from './options.js';
import { partsOf, recipeFor } from './recipe.js';
import { coldStartSpec, evaluationSpec, modelSpec, policySpec } from './requests.js';

const recipe = recipeFor(usualSizes);
const datasets = { demonstrations: 'ds_1', questions: 'ds_2', heldOut: 'ds_3' };

test('the service takes the model', () => {
  expect(modelProblems(ModelSpecInput.parse(modelSpec('smollm2')))).toEqual([]);
});

test('the service takes both runs', () => {
  for (const body of [coldStartSpec(recipe, datasets, 'mdl_1', 7), policySpec(recipe, datasets, 'ckpt_1', 7)]) {
    expect(specProblems(resolveRunSpec(RunSpecInput.parse(body)))).toEqual([]);
  }
});

test.each(decodings)('the service evaluates a model and a checkpoint, %s', (decoding) => {
  for (const subject of ['mdl_1', 'ckpt_1']) {
    const body = evaluationSpec(recipe, datasets, subject, decoding, 7);
    expect(evaluationProblems(EvaluationSpecInput.parse(body))).toEqual([]);
  }
});

test('every question of reinforcement learning is asked once', () => {
  const { training } = recipe.policy;
  expect(recipe.sizes.questions).toBe(training!.steps! * training!.prompts_per_step!);
});

test('all of it is planned to take at most 40 minutes', () => {
  expect(partsOf(recipe).reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThanOrEqual(40 * 60);
});
