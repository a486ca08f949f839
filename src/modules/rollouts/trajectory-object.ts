/** A trajectory whole: its segments laid end to end. Pure. */
import { decodeFloat32, decodeInt32 } from '../../store/arrays.js';
import type { Segment } from '../../store/entities/segment.entity.js';
import type { Trajectory } from '../../store/entities/trajectory.entity.js';
import { toolCallObject } from './tree.schema.js';
import { trajectorySummary, type TrajectoryObject } from './trajectory.schema.js';

/** @param segments of its tree, by id */
export function trajectoryObject(
  trajectory: Trajectory,
  segments: ReadonlyMap<string, Segment>,
  example: TrajectoryObject['example'],
): TrajectoryObject {
  const path = trajectory.segmentIds.flatMap((id) => segments.get(id) ?? []);
  return {
    ...trajectorySummary(trajectory),
    segments: path.map(({ id, kind, text, numTokens, forked, forks, tool }) => ({
      id,
      kind,
      text,
      num_tokens: numTokens,
      forked,
      forks,
      tool: toolCallObject(tool),
    })),
    example,
    token_ids: path.flatMap(({ tokenIds }) => decodeInt32(tokenIds)),
    loss_mask: path.flatMap(({ kind, numTokens }) => new Array<number>(numTokens).fill(kind === 'model' ? 1 : 0)),
    logprobs: path.flatMap((segment) => floats(segment.logprobs, segment)),
    advantages: path.flatMap((segment) => floats(trajectory.advantage === null ? null : segment.advantages, segment)),
  };
}

function floats(buffer: Buffer | null, { numTokens }: Segment): (number | null)[] {
  return buffer ? decodeFloat32(buffer) : new Array<null>(numTokens).fill(null);
}
