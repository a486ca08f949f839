/**
 * Every random draw of a run, by name. A draw is a pure function of the run's seed and of what it decides, never of what was drawn before:
 * a resumed run draws the same numbers, and a trajectory's do not depend on what else is in its batch.
 */
import { uniform } from '../engine/index.js';

/** What a draw decides: its first counter. Numbers are part of the replay of stored runs and must not change. */
const use = { shuffle: 1, fresh: 2, token: 3, forkedToken: 4, branch: 5, adapter: 6, dropout: 7, pool: 8 } as const;

/** Draws of the rollouts of one step. All are uniform in [0, 1). */
export class RolloutDraws {
  constructor(
    private readonly seed: number,
    private readonly step: number,
  ) {}

  /** First token of the `fresh`-th trajectory that starts at the prompt. */
  firstToken(place: number, fresh: number): number {
    return uniform(this.seed, use.fresh, this.step, place, fresh);
  }

  /** Token at `position` of a trajectory's response. */
  token(place: number, trajectory: number, position: number): number {
    return uniform(this.seed, use.token, this.step, place, trajectory, position);
  }

  /** First token of a fork after the trajectory's `call`-th tool result. */
  forkedToken(place: number, trajectory: number, call: number, attempt: number): number {
    return uniform(this.seed, use.forkedToken, this.step, place, trajectory, call, attempt);
  }

  /** Whether that fork happens. */
  branch(place: number, trajectory: number, call: number, attempt: number): number {
    return uniform(this.seed, use.branch, this.step, place, trajectory, call, attempt);
  }
}

/** A permutation of `count` indices for one epoch (Fisher and Yates). */
export function shuffled(seed: number, epoch: number, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(uniform(seed, use.shuffle, epoch, i) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** Element of a new adapter's parameter. */
export function adapterDraw(seed: number, parameter: number, element: number): number {
  return uniform(seed, use.adapter, parameter, element);
}

/** Whether a question that is in a pool is asked in this pass over the dataset: uniform in [0, 1). */
export function poolDraw(seed: number, pass: number, line: number): number {
  return uniform(seed, use.pool, pass, line);
}

/** Names what an adapter's dropout leaves out in one pass of an optimiser step. */
export function dropoutSeed(seed: number, update: number, part: number): number {
  return Math.floor(uniform(seed, use.dropout, update, part) * 2 ** 53);
}
