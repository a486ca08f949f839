/** What forking did in a tree. Pure. */
import type { Segment, Tree } from '../../api/rollouts.ts';

export interface ForkSum {
  readonly taken: number;
  /** Decisions after a tool result that gave no fork: the draw did not, or there was no slot left. */
  readonly refused: number;
  readonly calls: number;
  /** Calls counted along every trajectory. */
  readonly callsAlone: number;
}

export function forksOf(segments: readonly Segment[], trajectories: Tree['trajectories']): ForkSum {
  const tools = new Set(segments.filter(({ kind }) => kind === 'tool').map(({ id }) => id));
  return {
    taken: segments.filter(({ forked }) => forked).length,
    refused: segments.filter(({ forks }) => forks !== null && forks.granted === 0).length,
    calls: tools.size,
    callsAlone: trajectories.reduce((sum, { segment_ids: ids }) => sum + ids.filter((id) => tools.has(id)).length, 0),
  };
}
