/** What an estimator says of one group. Types only. */
import type { AddedAdvantages } from './credit.js';

/** What became of a group: in one of `zero_variance` all rewards are equal, `skipped` has fewer than two scored trajectories. */
export type GroupOutcome = 'used' | 'zero_variance' | 'skipped';

export interface GroupAdvantages {
  outcome: GroupOutcome;
  /** Null where a trajectory takes no part in the update. */
  advantages_G: (number | null)[];
  /** Absent where all tokens of a trajectory have its advantage. */
  added_G?: AddedAdvantages;
}
