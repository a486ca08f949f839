/**
 * Where the segments of a tree are drawn. Pure. Time goes to the right, measured in tokens; each trajectory ends in a row of its own. The first
 * child of a segment goes on in its row, every other one begins a new row below, so that a shared prefix is drawn once.
 */
import type { Segment, Tree } from '../../api/rollouts.ts';
import { groupBy } from '../../format/group-by.ts';

export interface PlacedSegment {
  readonly segment: Segment;
  readonly row: number;
  readonly x: number;
  readonly width: number;
  /** The end of its parent, when that is in another row. */
  readonly from: { readonly x: number; readonly row: number } | null;
}

export interface TreeLayout {
  readonly segments: readonly PlacedSegment[];
  /** The trajectory that ends in each row. */
  readonly rows: readonly { readonly trajectory: string; readonly x: number }[];
  readonly width: number;
}

/** Between two segments, where it is drawn what was decided. */
const GAP = 16;
const MIN_WIDTH = 34;
/** A prompt may be long, and is the same for all. */
const MAX_PROMPT = 90;

/** @param wanted width to be filled, in pixels; more where the segments would be too narrow */
export function layOutTree(
  { segments, trajectories }: Pick<Tree, 'segments' | 'trajectories'>,
  wanted: number,
): TreeLayout {
  const children = groupBy(segments, ({ parent_id }) => parent_id);
  const perToken = scaleOf(segments, wanted);
  const width = ({ kind, num_tokens }: Segment) => {
    const natural = Math.max(MIN_WIDTH, num_tokens * perToken);
    return kind === 'prompt' ? Math.min(natural, MAX_PROMPT) : natural;
  };
  const leaves = new Map(trajectories.map(({ id, segment_ids }) => [segment_ids.at(-1), id]));
  const placed: PlacedSegment[] = [];
  const rows: { trajectory: string; x: number }[] = [];

  /** An explicit stack: a tree may be deeper than the call stack. */
  const waiting: { segment: Segment; x: number; from: { x: number; row: number } | null; isFirst: boolean }[] = (
    children.get(null) ?? []
  ).map((segment) => ({ segment, x: 0, from: null, isFirst: true }));
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (!next) break;
    const { segment, x, from, isFirst } = next;
    const row = rows.length;
    const end = x + width(segment);
    placed.push({ segment, row, x, width: end - x, from: isFirst ? null : from });
    const leaf = leaves.get(segment.id);
    if (leaf !== undefined) rows.push({ trajectory: leaf, x: end });
    const own = (children.get(segment.id) ?? []).toSorted(
      (a, b) => Number(a.forked) - Number(b.forked) || a.index - b.index,
    );
    for (const [i, child] of [...own.entries()].toReversed()) {
      waiting.push({ segment: child, x: end + GAP, from: { x: end, row }, isFirst: i === 0 && leaf === undefined });
    }
  }
  return { segments: placed, rows, width: Math.max(0, ...placed.map((one) => one.x + one.width)) };
}

/** Pixels per token with which the longest trajectory fills the width. */
function scaleOf(segments: readonly Segment[], wanted: number): number {
  const ends = new Map<string, { tokens: number; segments: number }>();
  let longest = { tokens: 1, segments: 1 };
  for (const { id, parent_id, kind, num_tokens } of segments) {
    const before = (parent_id === null ? undefined : ends.get(parent_id)) ?? { tokens: 0, segments: 0 };
    const end = { tokens: before.tokens + (kind === 'prompt' ? 0 : num_tokens), segments: before.segments + 1 };
    ends.set(id, end);
    if (end.tokens > longest.tokens) longest = end;
  }
  return Math.max(0.2, (wanted - MAX_PROMPT - (longest.segments - 1) * GAP) / longest.tokens);
}
