/** How much of a step may be missing because no tool or judge could serve it. */
import type { ScoredTree } from '../rollout/scoring.js';
import { TrainerFailure } from '../failure.js';

/** Share of trajectories. Above it a step is not learnt from, and the trainer ends: whoever started it decides whether the run goes on some time. */
export const MAX_INFRA_ERRORS = 0.2;

/** Why the trainer ends with the trees of step `step`; null where it goes on. */
export function tooManyInfraErrors(trees: readonly ScoredTree[], step: number): TrainerFailure | null {
  const scores = trees.flatMap(({ scores_G }) => scores_G);
  const failed = scores.filter(({ status }) => status === 'infra_error');
  const share = failed.length / scores.length;
  if (share <= MAX_INFRA_ERRORS) return null;
  const percent = (x: number) => `${Math.round(100 * x)}%`;
  const what = `${percent(share)} of the trajectories of step ${step} could not be scored`;
  const reason = `(limit ${percent(MAX_INFRA_ERRORS)}); the last reason: ${failed.at(-1)?.problem ?? 'unknown'}`;
  return new TrainerFailure('too_many_infra_errors', `${what} ${reason}`);
}
