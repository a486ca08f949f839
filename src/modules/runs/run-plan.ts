/** A posted run as it would be carried out: the spec with its defaults, what it refers to, and what keeps it from running. Pure. */
import type { SpecProblem } from '../../spec/problem.js';
import {
  datasetKindOf,
  evaluationOf,
  extentOf,
  inputProblems,
  referenceModelOf,
  resolveRunSpec,
  specProblems,
  specWarnings,
  rewardOf,
  toolsOf,
  type ResolvedRunSpec,
  type RunSpecInput,
} from '../../spec/run-spec.js';
import { integrationReferences, rewardReferences, toolReferences, type Reference } from '../../store/references.js';

export interface RunPlan {
  /** Null when the method would ignore a given field, which is one of the problems then. */
  spec: ResolvedRunSpec | null;
  problems: SpecProblem[];
  references: Reference[];
  warnings: string[];
}

export function planRun(input: RunSpecInput): RunPlan {
  const problems = inputProblems(input);
  if (problems.length > 0) return { spec: null, problems, references: [], warnings: [] };
  const spec = resolveRunSpec(input);
  return { spec, problems: specProblems(spec), references: referencesOf(spec, input), warnings: specWarnings(input) };
}

function referencesOf(spec: ResolvedRunSpec, input: RunSpecInput): Reference[] {
  const holds = extentOf(spec);
  const reward = rewardOf(spec);
  const references: Reference[] = [
    { path: 'model', id: spec.model, to: 'model', asked: true, holds },
    { path: 'dataset', id: spec.dataset, to: 'dataset', kind: datasetKindOf(spec) },
    ...toolReferences(toolsOf(spec)),
    ...(reward ? rewardReferences(reward) : []),
    ...integrationReferences(spec.integrations),
  ];
  const isOne = 'evaluation' in input && input.evaluation?.dataset !== undefined;
  for (const [i, { dataset: id }] of (evaluationOf(spec)?.sets ?? []).entries()) {
    references.push({ path: `evaluation.${isOne ? '' : `sets.${i}.`}dataset`, id, to: 'dataset', kind: 'rl' });
  }
  const referenceModel = referenceModelOf(spec);
  if (referenceModel !== null) {
    references.push({ path: 'training.reference_model', id: referenceModel, to: 'model', holds });
  }
  return references;
}
