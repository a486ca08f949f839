/**
 * What a user posts to start a run, and what the service stores after filling in the defaults of the method. Made from the table of methods; what
 * a method takes is in its own file there.
 */
import type { z } from 'zod';
import type { DatasetKind } from './enums.js';
import { METHODS, type MethodRow } from './methods/index.js';
import type { Method } from './methods/method.js';
import { runSpecsOf } from './methods/run-specs.js';
import type { SpecProblem } from './problem.js';
import type { Extent } from './run/context.js';
import type { ResolvedRewardSpec } from './rewards/index.js';
import type { ResolvedToolSpec } from './tools/index.js';

const specs = runSpecsOf<MethodRow>(METHODS);

/** The body of POST /v1/runs. Only method, model and dataset are required. */
export const RunSpecInput = specs.input.meta({
  id: 'RunSpec',
  description: 'What to train, on what, how. Defaults depend on `method`.',
});
export type RunSpecInput = z.infer<typeof RunSpecInput>;

export const ResolvedRunSpec = specs.resolved.meta({
  id: 'ResolvedRunSpec',
  description: 'The run specification with every default filled in.',
});
export type ResolvedRunSpec = z.infer<typeof ResolvedRunSpec>;

type SpecOf<Family> = z.infer<Extract<MethodRow, { family: Family }>['resolved']>;
/** Of a run that samples trajectories and learns from their rewards. */
export type PolicyRunSpec = SpecOf<'policy'>;
/** Of a run that learns from what is given. */
export type SupervisedRunSpec = SpecOf<'supervised'>;

/** Problems that can be told from the posted body alone: there is no spec then. */
export function inputProblems(input: RunSpecInput): SpecProblem[] {
  return methodOf(input).ignored(input);
}

/** Fills in every default of the method, so that what is stored says all that was used. */
export function resolveRunSpec(input: RunSpecInput): ResolvedRunSpec {
  return methodOf(input).resolve(input) as ResolvedRunSpec;
}

/** Problems of a spec whose defaults are filled in. Empty when it can run. */
export function specProblems(spec: ResolvedRunSpec): SpecProblem[] {
  return methodOf(spec).problems(spec);
}

/** What must fit into the context of the run's model. */
export function extentOf(spec: ResolvedRunSpec): Extent {
  return methodOf(spec).extent(spec);
}

/** What a run will do that its user can hardly have meant. */
export function specWarnings(input: RunSpecInput): string[] {
  return methodOf(input).warnings(input);
}

/** The row of a spec's method. */
export function methodOf({ method }: { readonly method: string }): Method {
  return specs.methodNamed(method);
}

export function isSupervised(spec: ResolvedRunSpec): spec is SupervisedRunSpec {
  return methodOf(spec).family === 'supervised';
}

/** What the dataset of the run has to be. */
export function datasetKindOf(spec: ResolvedRunSpec): DatasetKind {
  return methodOf(spec).datasetKind;
}

export function toolsOf(spec: ResolvedRunSpec): readonly ResolvedToolSpec[] {
  return 'tools' in spec ? spec.tools : [];
}

/** Null: the method has none, or agents that are outside give it with each rollout. */
export function rewardOf(spec: ResolvedRunSpec): ResolvedRewardSpec | null {
  return 'reward' in spec ? spec.reward : null;
}

/** Whether agents that are outside roll out, and not the trainer. */
export function isExternal(spec: ResolvedRunSpec): boolean {
  return 'rollout' in spec && spec.rollout.source === 'external';
}

/** Null: the run does not evaluate as it goes. */
export function evaluationOf(spec: ResolvedRunSpec): PolicyRunSpec['evaluation'] {
  return 'evaluation' in spec ? spec.evaluation : null;
}

/** Id of the model that the policy is kept near; null: the run's starting policy, or there is none. */
export function referenceModelOf(spec: ResolvedRunSpec): string | null {
  return 'reference_model' in spec.training ? spec.training.reference_model : null;
}
