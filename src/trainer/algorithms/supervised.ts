/** What sets one method of learning from given examples apart from another: the objective, and what it takes of each target. One value per method. */
import type { Objective } from '../../engine/index.js';
import type { SupervisedRunSpec } from '../../spec/run-spec.js';

export type SupervisedValue = 'weights' | 'slopes' | 'losses';

/** What one pass takes of an optimiser step. */
export interface SupervisedPart {
  /** Targets of each sequence, in the order of the batch; of a pair the first `chosen` are the better answer's. */
  sequences: readonly { targets: number; chosen: number }[];
  /** Of the whole step. */
  step: { targets: number; sequences: number };
}

/** Log-probabilities of a part's targets [P], under the policy as it is and under the frozen reference. */
export interface ScoredTargets {
  logprobs: Float32Array;
  referenceLogprobs: Float32Array;
}

export interface Learnt {
  /** [P] each. Over the step, so that parts add up. */
  values: Partial<Record<SupervisedValue, Float32Array>>;
  /** This part's share of the step's metrics, by name. */
  metrics: Record<string, number>;
}

export type SupervisedAlgorithm<Spec extends SupervisedRunSpec = SupervisedRunSpec> = {
  readonly objective: Objective<SupervisedValue>;
} & (
  | { readonly hasReference: false; learn(part: SupervisedPart): Learnt }
  /** Targets are coupled: both models are asked about them first, which costs two forward passes per update. */
  | { readonly hasReference: true; learn(part: SupervisedPart, scored: ScoredTargets, spec: Spec): Learnt }
);
