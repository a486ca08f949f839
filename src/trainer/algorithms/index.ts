/** How each method learns, by its name. A new method is a file and a row. */
import type { Objective } from '../../engine/index.js';
import { isSupervised, type PolicyRunSpec, type ResolvedRunSpec, type SupervisedRunSpec } from '../../spec/run-spec.js';
import type { Algorithm } from './algorithm.js';
import { aepo } from './aepo.js';
import { arpo } from './arpo.js';
import { cispo } from './cispo.js';
import { dpo } from './dpo.js';
import { grpo } from './grpo.js';
import { gspo } from './gspo.js';
import { rloo } from './rloo.js';
import { sft } from './sft.js';
import type { SupervisedAlgorithm } from './supervised.js';

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

const supervisedAlgorithms: {
  readonly [M in SupervisedRunSpec['method']]: SupervisedAlgorithm<Extract<SupervisedRunSpec, { method: M }>>;
} = { sft, dpo };

/** Names of all methods that runs can be trained by. */
export const METHODS_TRAINED: readonly string[] = [...Object.keys(algorithms), ...Object.keys(supervisedAlgorithms)];

export function algorithmOf({ method }: PolicyRunSpec): Algorithm {
  return algorithms[method];
}

export function supervisedAlgorithmOf({ method }: SupervisedRunSpec): SupervisedAlgorithm {
  return supervisedAlgorithms[method];
}

/** What a run learns, whatever its method. */
export function objectiveOf(spec: ResolvedRunSpec): Objective {
  return isSupervised(spec) ? supervisedAlgorithmOf(spec).objective : algorithmOf(spec).objective(spec);
}

/** Whether a frozen model is asked beside the policy. */
export function hasReference(spec: ResolvedRunSpec): boolean {
  if (isSupervised(spec)) return supervisedAlgorithmOf(spec).hasReference;
  return spec.advantage.kl_coefficient !== 0 || algorithmOf(spec).objective(spec).values.includes('referenceLogprobs');
}
