/** What a study trains and evaluates agents on. A task has its own recipe; its questions and its cold start come from the seed. */
import type { Recipe } from '../../examples/quickstart/recipe.js';
import type { Datasets } from '../../examples/quickstart/requests.js';

/** The datasets of a seed, as JSON Lines. */
export type Files = { readonly [Name in keyof Datasets]: string };

export interface StudyTask {
  readonly title: string;
  readonly recipe: Recipe;
  readonly make: (seed: number) => Files;
}
