/** What the agents are trained and evaluated on. A task has its own recipe; its questions and its cold start come from the seed. */
import { recipe, type Recipe } from '../../examples/quickstart/recipe.js';
import { makeTask, type QuickstartTask } from '../../examples/quickstart/task/quickstart-task.js';

export interface StudyTask {
  readonly title: string;
  readonly seeds: number;
  readonly recipe: Recipe;
  readonly make: (seed: number) => QuickstartTask;
}

export const taskNames = ['3-call'] as const;
export type TaskName = (typeof taskNames)[number];

export const tasks: { readonly [Name in TaskName]: StudyTask } = {
  '3-call': { title: 'The quickstart’s task, at most 3 calls', seeds: 5, recipe, make: (seed) => makeTask(seed) },
};
