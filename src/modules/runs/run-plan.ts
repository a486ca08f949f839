/** A posted run as it would be carried out: the spec with its defaults, what it refers to, and what keeps it from running. Pure. */
import { resolveRunSpec } from '../../spec/defaults.js';
import type { ResolvedRunSpec, RunSpecInput, SpecProblem } from '../../spec/run-spec.js';
import { unsupported, unsupportedInput } from '../../spec/unsupported.js';
import type { Reference } from '../../store/references.js';

export interface RunPlan {
  /** Null when the method has no defaults, which is one of the problems then. */
  spec: ResolvedRunSpec | null;
  problems: SpecProblem[];
  references: Reference[];
}

export function planRun(input: RunSpecInput): RunPlan {
  const problems = unsupportedInput(input);
  if (problems.length > 0) return { spec: null, problems, references: [] };
  const spec = resolveRunSpec(input);
  return { spec, problems: unsupported(spec), references: referencesOf(spec) };
}

function referencesOf(spec: ResolvedRunSpec): Reference[] {
  const references: Reference[] = [
    { path: 'model', id: spec.model, to: 'model', asked: true },
    { path: 'dataset', id: spec.dataset, to: 'dataset', kind: spec.method === 'sft' ? 'sft' : 'rl' },
  ];
  if (spec.method === 'sft') return references;
  spec.tools.forEach((tool, i) => {
    if (tool.type !== 'search' || tool.corpus === undefined) return;
    references.push({ path: `tools.${i}.corpus`, id: tool.corpus, to: 'dataset', kind: 'corpus' });
  });
  const { evaluation, training } = spec;
  if (evaluation) references.push({ path: 'evaluation.dataset', id: evaluation.dataset, to: 'dataset', kind: 'rl' });
  if (training.reference_model !== null) {
    references.push({ path: 'training.reference_model', id: training.reference_model, to: 'model' });
  }
  return references;
}
