/** A posted evaluation as it would be carried out, and what keeps it from running. Pure. */
import {
  evaluationProblems,
  resolveEvaluationSpec,
  type EvaluationSpecInput,
  type ResolvedEvaluationSpec,
} from '../../spec/evaluation-spec.js';
import type { SpecProblem } from '../../spec/run-spec.js';
import type { Reference } from '../../store/references.js';

export interface EvaluationPlan {
  /** Null when the model or the dataset is not given, which is one of the problems then. */
  spec: ResolvedEvaluationSpec | null;
  problems: SpecProblem[];
  references: Reference[];
}

export function planEvaluation(input: EvaluationSpecInput): EvaluationPlan {
  const problems = evaluationProblems(input);
  const isNamed = (input.model !== undefined || input.checkpoint !== undefined) && input.dataset !== undefined;
  if (!isNamed) return { spec: null, problems, references: [] };
  const spec = resolveEvaluationSpec(input);
  const references: Reference[] = [
    { path: input.model === undefined ? 'checkpoint' : 'model', id: spec.model, to: 'model' },
    { path: 'dataset', id: spec.dataset, to: 'dataset', kind: 'rl' },
  ];
  spec.tools.forEach((tool, i) => {
    if (tool.type !== 'search' || tool.corpus === undefined) return;
    references.push({ path: `tools.${i}.corpus`, id: tool.corpus, to: 'dataset', kind: 'corpus' });
  });
  return { spec, problems, references };
}
