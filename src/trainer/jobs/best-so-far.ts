/** Which evaluation of a run was the best so far, and how many have come since its metric last rose by enough. Pure; checkpoints hold it, so that a resumed run decides the same. */
import type { BestSpec } from '../../spec/run/held-out.js';
import type { BestSoFar } from '../model/checkpoint.js';

/** Of means that ought to be equal. */
const ROUNDING = 1e-9;

/** @param before null: there was no evaluation before */
export function bestAfter(
  before: BestSoFar | null,
  { step, value }: { readonly step: number; readonly value: number },
  { min_improvement: least }: Pick<BestSpec, 'min_improvement'>,
): BestSoFar {
  if (before === null) return { step, value, mark: value, waited: 0 };
  const highest = value > before.value ? { step, value } : { step: before.step, value: before.value };
  const rise = value - before.mark;
  return rise > 0 && rise >= least - ROUNDING
    ? { ...highest, mark: value, waited: 0 }
    : { ...highest, mark: before.mark, waited: before.waited + 1 };
}
