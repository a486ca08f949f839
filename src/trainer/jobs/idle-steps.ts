/** Counts the steps in a row from which nothing was learnt: a run that learns nothing should not end as if it had. */
import type { GroupOutcome } from '../algorithms/group-advantages.js';

/** After as many of them the user is told. */
const MAX_IDLE_STEPS = 5;

export class IdleSteps {
  private count = 0;

  /** @param steps of the run */
  constructor(private readonly steps: number) {}

  /** What to tell the user after a step: something once, when it is so for the first time since something was learnt. */
  after(outcomes: readonly GroupOutcome[], learnt: boolean): string[] {
    this.count = learnt ? 0 : this.count + 1;
    if (this.count !== Math.min(MAX_IDLE_STEPS, this.steps)) return [];
    const groups = (outcome: GroupOutcome) => outcomes.filter((one) => one === outcome).length;
    return [
      `Nothing was learnt in the last ${this.count} steps. Of the ${outcomes.length} groups of the last one ${groups('zero_variance')} had equal rewards ` +
        `throughout, and ${groups('skipped')} fewer than two trajectories that count: see reward/mean for whether the questions are too hard or too easy`,
    ];
  }
}
