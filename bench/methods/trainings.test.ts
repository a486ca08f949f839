import { expect, test } from 'vitest';
import { recipe } from '../../examples/quickstart/recipe.js';
import { METHODS } from '../../src/spec/methods/index.js';
import {
  inputProblems,
  resolveRunSpec,
  RunSpecInput,
  specProblems,
  specWarnings,
  type PolicyRunSpec,
} from '../../src/spec/run-spec.js';
import { protocol } from './protocol.js';
import { trainingNames, trainingSpec, type TrainingName } from './trainings.js';

const datasets = { texts: 'ds_1', lessons: 'ds_2', questions: 'ds_3', heldOut: 'ds_4', corpus: 'ds_5' };
const inputOf = (name: TrainingName) =>
  RunSpecInput.parse(trainingSpec(name, { recipe, datasets, pairs: 'ds_6', checkpoint: 'ckpt_1' }));
const specOf = (name: TrainingName) => resolveRunSpec(inputOf(name));

test('every method is trained with, but for the one of the cold start', () => {
  const trained = new Set(trainingNames.map((name) => specOf(name).method));
  expect(METHODS.map(({ name }) => name).filter((name) => !trained.has(name))).toEqual(['sft']);
});

test.each(trainingNames)('the service takes %s, and uses all that it is given', (name) => {
  expect(inputProblems(inputOf(name))).toEqual([]);
  expect(specProblems(specOf(name))).toEqual([]);
  expect(specWarnings(inputOf(name))).toEqual([]);
});

test.each(trainingNames.filter((name) => !name.startsWith('dpo') && name !== 'reinforce++ baseline'))(
  '%s is trained with its own advantages, clip and loss',
  (name) => {
    const { advantage, training } = specOf(name) as PolicyRunSpec;
    const { rollout } = inputOf(name) as Extract<RunSpecInput, { method: 'grpo' }>;
    const bare = resolveRunSpec({ method: name as 'grpo', model: 'mdl_1', dataset: 'ds_1', rollout }) as PolicyRunSpec;
    const { steps, mini_batch_prompts, ...own } = training;
    expect(advantage).toEqual(bare.advantage);
    expect(own).toEqual({ ...bare.training, steps: undefined, mini_batch_prompts: undefined });
    expect([steps, mini_batch_prompts]).toEqual([protocol.steps, 4]);
  },
);
