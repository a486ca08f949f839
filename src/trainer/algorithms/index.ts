/** How each method learns, by its name. A new method is a file and a row. */
import { sft, type Objective } from '../../engine/index.js';
import { isSupervised, type PolicyRunSpec, type ResolvedRunSpec, type SupervisedRunSpec } from '../../spec/run-spec.js';
import type { Algorithm } from './algorithm.js';
import { aepo } from './aepo.js';
import { arpo } from './arpo.js';
import { cispo } from './cispo.js';
import { grpo } from './grpo.js';
import { gspo } from './gspo.js';
import { rloo } from './rloo.js';

const algorithms: { readonly [M in PolicyRunSpec['method']]: Algorithm } = {
  arpo,
  aepo,
  grpo,
  // These four differ from GRPO in their defaults: the estimator of advantages, the clip, the aggregation of the loss.
  dapo: grpo,
  gigpo: grpo,
  dr_grpo: grpo,
  'reinforce++': grpo,
  gspo,
  cispo,
  rloo,
};

/** Demonstrations have a weight for each target, and nothing else. */
const supervisedObjectives: { readonly [M in SupervisedRunSpec['method']]: Objective<'weights'> } = { sft };

/** Names of all methods that runs can be trained by. */
export const METHODS_TRAINED: readonly string[] = [...Object.keys(algorithms), ...Object.keys(supervisedObjectives)];

export function algorithmOf({ method }: PolicyRunSpec): Algorithm {
  return algorithms[method];
}

export function supervisedObjective({ method }: SupervisedRunSpec): Objective<'weights'> {
  return supervisedObjectives[method];
}

/** What a run learns, whatever its method. */
export function objectiveOf(spec: ResolvedRunSpec): Objective {
  return isSupervised(spec) ? supervisedObjective(spec) : algorithmOf(spec).objective(spec);
}
