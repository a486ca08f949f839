/** What of a run a trainer may not have beside the run's method, as capabilities that a trainer says it has. Pure. */
import { toolsOf, type ResolvedRunSpec } from '../run-spec.js';
import { policySummaryOf } from '../tools/index.js';

/**
 * Values that every trainer has, by their paths; another needs the capability `field:<path>`. Fields that are not here every trainer has, or has where it has
 * the method. trainers/ray/bough_trainer/supported.py refuses the same by itself.
 */
export const COMMON: Readonly<Record<string, readonly unknown[]>> = {
  'prompt.tool_syntax': ['tags'],
  'prompt.call_delimiters': [null],
  'prompt.tag_names': [null],
  'rollout.source': ['policy'],
  'rollout.starts': ['fixed'],
  'rollout.entropy': ['full'],
  'rollout.baseline': ['own'],
  'rollout.empty_result_attempts': [1],
  'advantage.estimator': ['grpo', 'mean', 'leave_one_out'],
  'advantage.zero_variance': ['keep', 'drop'],
  'advantage.step_weight': [null],
  'advantage.entropy_weight': [0],
  'advantage.kl_coefficient': [0],
  'advantage.overlong_tokens': [null],
  'training.pools': [null],
  'training.adapter.dropout': [0],
};

/** Paths of the fields that ask for more than every trainer has. */
export function uncommonFields(spec: ResolvedRunSpec): string[] {
  const fields = Object.entries(COMMON).flatMap(([path, values]) => {
    const value = path
      .split('.')
      .reduce<unknown>((at, name) => (at as Record<string, unknown> | null | undefined)?.[name], spec);
    return value === undefined || values.includes(value) ? [] : [path];
  });
  return policySummaryOf(toolsOf(spec)) ? [...fields, 'tools.pages.summary.by'] : fields;
}
