/** How good a checkpoint is: the held-out questions of its seed, sampled several times each. Found again where that has been asked before. */
import type { Schemas } from 'bough/client';
import type { Recipe } from '../../examples/quickstart/recipe.js';
import { evaluationSpec, type Datasets } from '../../examples/quickstart/requests.js';
import type { Client } from '../../examples/support/client.js';
import { followEvaluation } from '../../examples/support/evaluate.js';
import * as findOrStart from './find-or-start.js';

export interface HeldOut {
  /** Share of right answers. */
  readonly exact_match: number;
  /** Of the questions' means. */
  readonly standard_error: number;
}

/** @throws {Error} also when an answer could not be scored */
export async function heldOut(
  client: Client,
  label: findOrStart.Label,
  body: Schemas['EvaluationSpec'],
): Promise<HeldOut & { readonly seconds: number }> {
  const id = await findOrStart.evaluation(client, label, body);
  const { aggregates, seconds } = await followEvaluation(client, label.part, id);
  const { exact_match: match, num_infra_error: lost } = aggregates;
  if (lost > 0 || match.mean === null || match.standard_error === null)
    throw new Error(
      `The evaluation ${id} (${label.part}) could not score ${lost} answers: nothing can be compared with it`,
    );
  return { exact_match: match.mean, standard_error: match.standard_error, seconds };
}

/** The same draws for every checkpoint of a seed. */
export function heldOutSpec(
  recipe: Recipe,
  datasets: Datasets,
  checkpoint: string,
  { seed, samples }: { readonly seed: number; readonly samples: number },
): Schemas['EvaluationSpec'] {
  const { sampled } = recipe.evaluation;
  const own: Recipe = {
    ...recipe,
    evaluation: { ...recipe.evaluation, sampled: { ...sampled, samples } },
  };
  return evaluationSpec(own, datasets, checkpoint, 'sampled', seed);
}
