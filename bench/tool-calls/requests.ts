/** The study as bodies of requests, with the ids that the service has given out. Sends nothing. */
import type { Schemas } from 'bough/client';
import type { Recipe } from '../../examples/quickstart/recipe.js';
import { policySpec, type Datasets } from '../../examples/quickstart/requests.js';
import type { Arm } from './arms.js';
import { protocol } from './protocol.js';

/** All arms have the same questions in the same order, and the same draws for as long as their trees are the same. */
export function armSpec(
  recipe: Recipe,
  datasets: Datasets,
  arm: Arm,
  coldStart: string,
  seed: number,
): Schemas['RunSpec'] {
  const { policy } = recipe;
  const own: Recipe = {
    ...recipe,
    policy: {
      ...policy,
      training: { ...policy.training, steps: arm.steps },
      // Room beside those of the evaluations: a run that is interrupted writes further ones.
      checkpoint: { every_steps: protocol.evaluateEvery, keep: arm.steps },
    },
    forks: { [arm.method]: arm.rollout },
  };
  return { ...policySpec(own, datasets, arm.method, coldStart, seed), name: arm.title };
}
