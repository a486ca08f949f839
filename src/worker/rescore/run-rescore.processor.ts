/** Scores the stored trajectories of a run again: tree by tree, as they were scored while the run sampled them. Writes nothing of the run. */
import type { EntityManager, QueryDeepPartialEntity } from 'typeorm';
import { responseParts, type ResponsePiece } from '../../protocol/response-parts.js';
import type { ResponsePart, ScoreResult } from '../../protocol/messages.js';
import { RescoreItem } from '../../store/entities/rescore-item.entity.js';
import { Rescore } from '../../store/entities/rescore.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { Segment } from '../../store/entities/segment.entity.js';
import type { Tree } from '../../store/entities/tree.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { rescoredTrajectories, rescoredTrees } from '../../store/rescored-trees.js';
import { openScorer, type Scorer } from '../inputs/scorer.js';
import { failureOfEnd } from '../jobs/failure.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { storableJson } from '../../store/storable-json.js';
import { compareRewards } from './compare-rewards.js';

/** Trees that are scored at the same time, and stored together. */
const BATCH = 16;

const NOT_RECORDED =
  'an earlier version of the service stored it, without the places of its calls: only trajectories that were sampled since can be scored again';

export class RunRescoreProcessor implements JobProcessor {
  constructor(private readonly dependencies: WorkerDependencies) {}

  /** One that was interrupted starts over. */
  async claimed(manager: EntityManager, { subjectId: id }: ClaimedJob): Promise<void> {
    await manager.delete(RescoreItem, { rescoreId: id });
    await manager.query(`UPDATE rescores SET progress = jsonb_set(progress, '{done}', '0') WHERE id = $1`, [id]);
  }

  async released(): Promise<void> {}

  async settle(manager: EntityManager, { subjectId: id }: ClaimedJob, end: FinalEnd): Promise<void> {
    const error = failureOfEnd(end, 'this rescore');
    const select = { before: true, after: true } as const;
    const comparison = error
      ? null
      : compareRewards(await manager.find(RescoreItem, { select, where: { rescoreId: id } }));
    const values = { status: error ? 'failed' : 'ready', error, comparison } as QueryDeepPartialEntity<Rescore>;
    await manager.update(Rescore, { id, status: 'processing' }, values);
  }

  async work({ job, fence, signal }: JobContext): Promise<JobEnd> {
    const { dataSource } = this.dependencies;
    const { manager } = dataSource;
    const { id, runId, spec, progress } = await manager.findOneByOrFail(Rescore, { id: job.subjectId });
    const { datasetId } = await manager.findOneByOrFail(Run, { id: runId });
    const scorer = await openScorer(spec.grader, this.dependencies, job);
    try {
      let done = 0;
      for (let after = ''; ;) {
        signal.throwIfAborted();
        const trees = await rescoredTrees(manager, runId, spec, { after, limit: BATCH });
        const last = trees.at(-1);
        if (!last) return { kind: 'done' };
        const items = (await Promise.all(trees.map((tree) => this.rescored(tree, datasetId, scorer, signal)))).flat();
        done += items.length;
        const total = Math.max(progress.total, done);
        await fence.transaction(async (writer) => {
          const rows = items.map((item) => ({ ...storableJson(item), rescoreId: id }));
          await writer.upsert(RescoreItem, rows, ['rescoreId', 'trajectoryId']);
          await writer.update(Rescore, id, { progress: { done, total } });
        });
        after = last.id;
      }
    } finally {
      await scorer.close();
    }
  }

  /** Those trajectories of a tree that the run had scored, in one question. */
  private async rescored({ id: treeId, example, begun }: Tree, datasetId: string, scorer: Scorer, signal: AbortSignal) {
    const { manager } = this.dependencies.dataSource;
    const select = { id: true, text: true, kind: true, tool: true } as const;
    const segments = await manager.find(Segment, { select, where: { treeId } });
    const byId = new Map(segments.map((segment) => [segment.id, segment]));
    const trajectories = await rescoredTrajectories(manager, treeId);
    const responses = trajectories.map(({ segmentIds }) =>
      partsOf(
        segmentIds.flatMap((one) => byId.get(one) ?? []),
        begun,
      ),
    );
    const known = responses.filter((response) => response !== null);
    const scores = (await scorer.score({ dataset: datasetId, example, responses: known }, signal)).values();
    return trajectories.map(({ id: trajectoryId, step, reward: before }, i) => {
      const score: ScoreResult = (responses[i] === null ? null : scores.next().value) ?? {
        status: 'infra_error',
        message: NOT_RECORDED,
      };
      const scored = score.status === 'scored';
      return {
        trajectoryId,
        treeId,
        step,
        before,
        after: scored ? score.reward : null,
        parts: scored ? score.parts : {},
        flags: scored ? score.flags : [score.message],
        answer: scored ? score.answer : null,
      };
    });
  }
}

type StoredSegment = Pick<Segment, 'kind' | 'text' | 'tool'>;

/** Null where it was not recorded what is text of the policy's and what is a call. */
function partsOf(path: readonly StoredSegment[], begun: string | null): ResponsePart[] | null {
  // The first is the prompt.
  if (begun === null) return null;
  const pieces: ResponsePiece[] = [];
  for (const { kind, text, tool } of path.slice(1)) {
    if (tool && !tool.span) return null;
    pieces.push({ text, given: kind === 'prompt', tool: tool?.span ? { name: tool.name, span: tool.span } : null });
  }
  return responseParts(pieces, begun);
}
