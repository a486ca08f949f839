/** Rewards of a group to advantages of its trajectories. Not how they are spread over tokens: see `credit.ts`. */
import type { PolicyRunSpec } from '../../spec/run-spec.js';

/** GRPO's guard against division by zero, as in verl. */
const EPSILON = 1e-6;

/** What became of a group: in one of `zero_variance` all rewards are equal, `skipped` has fewer than two scored trajectories. */
export type GroupOutcome = 'used' | 'zero_variance' | 'skipped';

export interface GroupAdvantages {
  outcome: GroupOutcome;
  /** Null where a trajectory takes no part in the update. */
  advantages_G: (number | null)[];
}

/** Mean and standard deviation (ddof 1) of at least two values. */
function spread(values: readonly number[]): { mean: number; std: number } {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (values.length - 1)) };
}

/**
 * A = (R - mean) / (std + 1e-6) over the scored trajectories of one prompt (GRPO, arXiv 2402.03300; std with ddof 1 as in verl).
 * A reward is null where there is none: a tool or judge could not work, or the trajectory is masked. Where all rewards are equal, A is 0:
 * `keep` has these trajectories count in the loss all the same, `drop` leaves them out.
 */
export function groupAdvantages(
  rewards_G: readonly (number | null)[],
  zeroVariance: PolicyRunSpec['advantage']['zero_variance'],
): GroupAdvantages {
  const scored = rewards_G.filter((reward) => reward !== null);
  if (scored.length < 2) return { outcome: 'skipped', advantages_G: rewards_G.map(() => null) };
  if (scored.every((reward) => reward === scored[0])) {
    const kept = (reward: number | null) => (reward === null || zeroVariance === 'drop' ? null : 0);
    return { outcome: 'zero_variance', advantages_G: rewards_G.map(kept) };
  }
  const { mean, std } = spread(scored);
  const advantages_G = rewards_G.map((reward) => (reward === null ? null : (reward - mean) / (std + EPSILON)));
  return { outcome: 'used', advantages_G };
}
