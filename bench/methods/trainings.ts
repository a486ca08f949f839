/** The trainings that are compared, as bodies of requests. All start from one cold start, and differ in the method alone. Sends nothing. */
import type { Schemas } from 'bough/client';
import { policyMethods } from '../../examples/quickstart/options.js';
import type { Recipe } from '../../examples/quickstart/recipe.js';
import { policySpec, type Datasets } from '../../examples/quickstart/requests.js';
import { protocol } from './protocol.js';

/** Every method that learns from rewards, the variant of one, and the method that learns from pairs, without and with the likelihood of the better answer. */
export const trainingNames = [...policyMethods, 'reinforce++ baseline', 'dpo', 'dpo with likelihood'] as const;
export type TrainingName = (typeof trainingNames)[number];

export interface Start {
  readonly recipe: Recipe;
  readonly datasets: Datasets;
  /** The dataset of pairs. */
  readonly pairs: string;
  readonly checkpoint: string;
}

/** The defaults of the method, but for what belongs to the task: its reward, its limits, its batches, and one learning rate for all. */
export function trainingSpec(name: TrainingName, { recipe, datasets, pairs, checkpoint }: Start): Schemas['RunSpec'] {
  const { seed, steps, pairSteps, pairsPerStep } = protocol;
  // What becomes of groups without spread is the method's own.
  const { advantage: _, ...policy } = recipe.policy;
  if (name === 'dpo' || name === 'dpo with likelihood') {
    return {
      method: 'dpo',
      name,
      model: checkpoint,
      dataset: pairs,
      training: { steps: pairSteps, batch_size: pairsPerStep, ...(name === 'dpo' && { rpo_alpha: 0 }) },
      optimizer: policy.optimizer ?? {},
      checkpoint: { every_steps: pairSteps, keep: 1 },
      seed,
    };
  }
  const own: Recipe = {
    ...recipe,
    policy: {
      ...policy,
      ...(name === 'reinforce++ baseline' && { advantage: { estimator: 'mean_then_batch' } }),
      training: { ...policy.training, steps },
      checkpoint: { every_steps: steps, keep: 1 },
    },
  };
  const method = name === 'reinforce++ baseline' ? 'reinforce++' : name;
  return { ...policySpec(own, datasets, method, checkpoint, seed), name };
}
