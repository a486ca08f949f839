/** A posted evaluation as it would be carried out, and what keeps it from running. Pure. */
import {
  EVALUATION_FIELDS,
  evaluationProblems,
  resolveEvaluationSpec,
  type EvaluationSpecInput,
  type ResolvedEvaluationSpec,
} from '../../spec/evaluation-spec.js';
import type { SpecProblem } from '../../spec/problem.js';
import { responseExtent } from '../../spec/run/context.js';
import { resultLimitProblems } from '../../spec/run/rollout.js';
import { toolsOf } from '../../spec/run-spec.js';
import { comparisonsIn } from '../../spec/rewards/index.js';
import { idleFields } from '../../spec/without-effect.js';
import { rewardReferences, toolReferences, type Reference } from '../../store/references.js';
import { tagProblems } from '../../spec/prompt.js';
import { callableNames } from '../../spec/tools/index.js';
import type { Maker } from './checkpoint-maker.js';
import { benchmarkDoubts, evaluationDoubts, samplingDoubts } from './evaluation-doubts.js';

export interface EvaluationPlan {
  /** Null when the model or the dataset is not given, which is one of the problems then. */
  spec: ResolvedEvaluationSpec | null;
  problems: SpecProblem[];
  references: Reference[];
  warnings: string[];
}

/** @param maker null: no run has made the model */
export function planEvaluation(input: EvaluationSpecInput, maker: Maker | null): EvaluationPlan {
  const problems = evaluationProblems(input);
  const isNamed = (input.model !== undefined || input.checkpoint !== undefined) && input.dataset !== undefined;
  if (!isNamed) return { spec: null, problems, references: [], warnings: [] };
  const resolve = (given: EvaluationSpecInput) => resolveEvaluationSpec(given, maker?.spec ?? null);
  const spec = resolve(input);
  problems.push(...resultLimitProblems(spec.sampling, 'sampling'));
  problems.push(...tagProblems(spec.prompt, callableNames(spec.tools)));
  if (input.tools === undefined && maker?.sawToolResults && toolsOf(maker.spec).length === 0) {
    const message = `the demonstrations of ${maker.id}, which made the checkpoint, have tool results: name the tools that it may call, or give [] for none`;
    problems.push({ path: 'tools', message });
  }
  const [comparison] = comparisonsIn(spec.grader, 'grader');
  if (comparison !== undefined && spec.sampling.samples === 1) {
    const message = `${comparison} compares the answers to one question with each other: ask for 2 or more, or give another grader`;
    problems.push({ path: 'sampling.samples', message });
  }
  const path = input.model === undefined ? 'checkpoint' : 'model';
  const holds = responseExtent(spec.sampling, 'sampling');
  const references: Reference[] = [
    { path, id: spec.model, to: 'model', asked: true, holds },
    { path: 'dataset', id: spec.dataset, to: 'dataset', kind: 'rl' },
    ...toolReferences(spec.tools).map((reference): Reference => {
      if (input.tools !== undefined || reference.to !== 'dataset') return reference;
      const remedy = `${maker?.id}, which made the checkpoint, searched it: give tools, with a corpus that there is`;
      return { ...reference, remedy };
    }),
    ...rewardReferences(spec.grader, 'grader'),
  ];
  return {
    spec,
    problems,
    references,
    warnings: [
      ...idleFields(EVALUATION_FIELDS, input, resolve),
      ...samplingDoubts(spec),
      ...benchmarkDoubts(spec),
      ...(maker ? evaluationDoubts(spec, maker) : []),
    ],
  };
}
