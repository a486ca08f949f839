/** The rewards of a step, counted in bins. Pure. */
import type { TrajectorySummary } from '../../api/rollouts.ts';

export interface Bin {
  readonly low: number;
  /** Not included, unless it is the last bin's. */
  readonly high: number;
  readonly trajectories: readonly TrajectorySummary[];
}

const MAX_BINS = 20;

/** One bin for each value where there are few, such as 0 and 1; else bins of equal width. Trajectories without a reward are in none. */
export function rewardBins(trajectories: readonly TrajectorySummary[]): Bin[] {
  const scored = trajectories.filter(({ reward }) => reward !== null);
  const values = [...new Set(scored.map(({ reward }) => reward ?? 0))].sort((a, b) => a - b);
  const [low, high] = [values[0], values.at(-1)];
  if (low === undefined || high === undefined) return [];
  if (values.length <= MAX_BINS / 2) {
    return values.map((value) => ({
      low: value,
      high: value,
      trajectories: scored.filter(({ reward }) => reward === value),
    }));
  }
  const width = (high - low) / MAX_BINS;
  const place = (reward: number) => Math.min(Math.floor((reward - low) / width), MAX_BINS - 1);
  return Array.from({ length: MAX_BINS }, (_, i) => ({
    low: low + i * width,
    high: low + (i + 1) * width,
    trajectories: scored.filter(({ reward }) => place(reward ?? 0) === i),
  }));
}
