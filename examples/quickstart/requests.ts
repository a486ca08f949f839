/** The recipe as bodies of requests, with the ids that the service has given out. Sends nothing. */
import type { Schemas } from 'bough/client';
import type { Decoding } from '../support/evaluate.js';
import type { PolicyMethod } from './options.js';
import type { Recipe } from './recipe.js';

/** Ids of the uploaded files. */
export interface Datasets {
  readonly texts: string;
  readonly lessons: string;
  readonly questions: string;
  readonly heldOut: string;
  readonly corpus: string;
}

export function modelSpec({ model }: Recipe, { texts }: Datasets, seed: number): Schemas['ModelSpec'] {
  const { architecture, tokenizer } = model;
  return {
    name: 'quickstart',
    source: { type: 'random', architecture, tokenizer: { train: { dataset: texts, ...tokenizer } }, seed },
  };
}

export function coldStartSpec(
  { coldStart }: Recipe,
  { lessons }: Datasets,
  model: string,
  seed: number,
): Schemas['RunSpec'] {
  return { method: 'sft', name: 'quickstart cold start', model, dataset: lessons, ...coldStart, seed };
}

export function policySpec(
  recipe: Recipe,
  datasets: Datasets,
  method: PolicyMethod,
  checkpoint: string,
  seed: number,
): Schemas['RunSpec'] {
  return {
    method,
    name: `quickstart ${method}`,
    model: checkpoint,
    dataset: datasets.questions,
    tools: toolSpecs(recipe, datasets),
    ...recipe.policy,
    rollout: { ...recipe.policy.rollout, ...recipe.forks[method] },
    seed,
  };
}

/** What is evaluated is a model or a checkpoint. */
export function evaluationSpec(
  recipe: Recipe,
  datasets: Datasets,
  subject: string,
  decoding: Decoding,
  seed: number,
): Schemas['EvaluationSpec'] {
  return {
    ...(subject.startsWith('ckpt_') ? { checkpoint: subject } : { model: subject }),
    dataset: datasets.heldOut,
    tools: toolSpecs(recipe, datasets),
    sampling: recipe.evaluation[decoding],
    seed,
  };
}

function toolSpecs({ search }: Recipe, { corpus }: Datasets): Schemas['ToolSpec'][] {
  return [{ type: 'search', corpus, ...search }, { type: 'python' }];
}
