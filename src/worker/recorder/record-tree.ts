/** A rollout tree as rows: one per segment, one per trajectory. */
import type { EntityManager } from 'typeorm';
import type { FrameArrays } from '../../protocol/frames.js';
import type { SegmentRecord, TrajectoryRecord } from '../../protocol/messages.js';
import { Segment } from '../../store/entities/segment.entity.js';
import { Trajectory } from '../../store/entities/trajectory.entity.js';
import { Tree } from '../../store/entities/tree.entity.js';
import { newId } from '../../store/ids.js';
import { insertRows } from '../../store/insert-rows.js';
import type { TrainerMessageOf } from '../trainer/trainer-handler.js';
import type { RecordedRun } from './recorded-run.js';
import { storableJson } from '../../store/storable-json.js';
import { arrayOf, bytesOf } from './token-bytes.js';

/** Writes the tree unless it is there already. */
export async function recordTree(
  manager: EntityManager,
  run: RecordedRun,
  message: TrainerMessageOf<'tree'>,
  arrays: FrameArrays,
): Promise<void> {
  const { step, tree: index, example, begun = null, segments, trajectories } = storableJson(message);
  if (await manager.existsBy(Tree, { runId: run.id, step, index })) return;
  const treeId = newId('tree');
  const segmentIds = segments.map(() => newId('segment'));
  const owner = { projectId: run.projectId, runId: run.id, attempt: run.attempt, step };
  await manager.insert(Tree, { id: treeId, ...owner, index, example, begun });

  const trained = segmentsTrainedOn(segments, trajectories);
  const rows = segments.map((segment, i) => ({
    id: idAt(segmentIds, i),
    treeId,
    index: i,
    parentId: segment.parent === null ? null : idAt(segmentIds, segment.parent),
    kind: segment.kind,
    text: segment.text,
    forked: segment.forked,
    entropy: segment.entropy,
    deltaEntropy: segment.delta_entropy,
    branchProbability: segment.branch_probability,
    forks: segment.forks,
    tool: segment.tool,
    numTokens: segment.length,
    ...columnsOf(segment, arrays, trained.has(i)),
  }));
  await insertRows(manager, Segment, rows);

  const paths = trajectories.map(({ leaf }) => pathTo(segments, leaf));
  await insertRows(
    manager,
    Trajectory,
    trajectories.map((trajectory, i) => {
      const path = paths[i] ?? [];
      return {
        id: newId('trajectory'),
        ...owner,
        treeId,
        index: i,
        leafSegmentId: idAt(segmentIds, trajectory.leaf),
        segmentIds: path.map((at) => idAt(segmentIds, at)),
        reward: trajectory.reward,
        parts: trajectory.parts,
        flags: trajectory.flags,
        answer: trajectory.answer,
        formatValid: trajectory.format_valid,
        exactMatch: trajectory.exact_match,
        advantage: trajectory.advantage,
        rewardStatus: trajectory.reward_status,
        finishReason: trajectory.finish_reason,
        numTokens: path.reduce((sum, at) => sum + (segments[at]?.length ?? 0), 0),
      };
    }),
  );
}

/** The token columns. What the policy did not sample has no log-probabilities; what no update sees has no advantages. */
function columnsOf({ kind, start, length }: SegmentRecord, arrays: FrameArrays, trained: boolean) {
  const part = (name: string) => bytesOf(arrayOf(arrays, name), start, length);
  const sampled = kind === 'model';
  return {
    tokenIds: part('token_ids'),
    logprobs: sampled ? part('logprobs') : null,
    entropies: sampled ? part('entropies') : null,
    advantages: sampled && trained ? part('advantages') : null,
  };
}

function segmentsTrainedOn(segments: readonly SegmentRecord[], trajectories: readonly TrajectoryRecord[]): Set<number> {
  return new Set(
    trajectories.filter(({ advantage }) => advantage !== null).flatMap(({ leaf }) => pathTo(segments, leaf)),
  );
}

/** Indices from the root to the leaf. */
function pathTo(segments: readonly SegmentRecord[], leaf: number): number[] {
  const path: number[] = [];
  for (let at: number | null = leaf; at !== null; at = segments[at]?.parent ?? null) {
    path.unshift(at);
    if (path.length > segments.length) throw new RangeError(`segment ${leaf} has no root`);
  }
  return path;
}

function idAt(ids: readonly string[], index: number): string {
  const id = ids[index];
  if (id === undefined) throw new RangeError(`the tree has no segment ${index}`);
  return id;
}
