/** The trajectories of a run: root-to-leaf paths of its trees. */
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { checkCursorOfRun, page, readPage, type Page } from '../../http/answer/page.js';
import { Run } from '../../store/entities/run.entity.js';
import { Segment } from '../../store/entities/segment.entity.js';
import { Trajectory } from '../../store/entities/trajectory.entity.js';
import { rareMatches } from './rare-matches.js';
import { trajectoryObject } from './trajectory-object.js';
import {
  trajectorySummary,
  type ExportQuery,
  type TrajectoryObject,
  type TrajectoryQuery,
  type TrajectorySummary,
} from './trajectory.schema.js';

/** Trajectories that an export holds in memory at a time, besides the segments of one tree. */
const EXPORT_BATCH = 50;

@Injectable()
export class TrajectoriesService {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, runId: string, query: TrajectoryQuery): Promise<Page<TrajectorySummary>> {
    const { manager } = this.dataSource;
    await findOwned(manager, Run, 'run', { projectId, id: runId });
    await checkCursorOfRun(manager, Trajectory, { projectId, runId }, query.after);
    const { rows, hasMore } = await readPage(await this.matching(runId, query), 'id', query);
    return page(rows.map(trajectorySummary), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<TrajectoryObject> {
    const { manager } = this.dataSource;
    const trajectory = await findOwned(manager, Trajectory, 'trajectory', { projectId, id });
    const { segments, example } = await this.tree(trajectory.treeId);
    return trajectoryObject(trajectory, segments, example);
  }

  /** Every matching trajectory as JSON Lines, in the order in which they were made, in constant memory. */
  async export(projectId: string, runId: string, query: ExportQuery): Promise<Readable> {
    await findOwned(this.dataSource.manager, Run, 'run', { projectId, id: runId });
    return Readable.from(this.lines(runId, query));
  }

  private async *lines(runId: string, query: ExportQuery): AsyncGenerator<string> {
    let tree: TreeContent | undefined;
    let after: string | undefined;
    const matching = await this.matching(runId, query);
    for (let more = true; more;) {
      const { rows, hasMore } = await readPage(matching.clone(), 'id', {
        after,
        limit: EXPORT_BATCH,
        order: 'asc',
      });
      for (const trajectory of rows) {
        if (tree?.id !== trajectory.treeId) tree = await this.tree(trajectory.treeId);
        yield `${JSON.stringify(trajectoryObject(trajectory, tree.segments, tree.example))}\n`;
      }
      after = rows.at(-1)?.id;
      more = hasMore;
    }
  }

  private async matching(runId: string, filters: ExportQuery): Promise<SelectQueryBuilder<Trajectory>> {
    const { manager } = this.dataSource;
    const { step, min_reward, max_reward, status } = filters;
    const trajectories = manager.createQueryBuilder(Trajectory, 'trajectory').where({ runId });
    const ids = await rareMatches(manager, runId, filters);
    if (ids) trajectories.andWhere('trajectory.id = ANY(:ids)', { ids });
    if (step !== undefined) trajectories.andWhere('trajectory.step = :step', { step });
    if (min_reward !== undefined) trajectories.andWhere('trajectory.reward >= :min_reward', { min_reward });
    if (max_reward !== undefined) trajectories.andWhere('trajectory.reward <= :max_reward', { max_reward });
    if (status) trajectories.andWhere('trajectory.rewardStatus IN (:...status)', { status });
    return trajectories;
  }

  private async tree(treeId: string): Promise<TreeContent> {
    const { manager } = this.dataSource;
    const segments = await manager.find(Segment, { where: { treeId } });
    const [row] = await this.dataSource.query<ExampleRow[]>(
      `SELECT t.example AS index, e.data ->> 'question' AS question, e.data -> 'references' AS references
       FROM trees t JOIN runs r ON r.id = t.run_id
       LEFT JOIN dataset_examples e ON e.dataset_id = r.dataset_id AND e.index = t.example
       WHERE t.id = $1`,
      [treeId],
    );
    if (!row) throw new Error(`tree ${treeId} has gone`);
    return { id: treeId, segments: new Map(segments.map((segment) => [segment.id, segment])), example: row };
  }
}

type ExampleRow = TrajectoryObject['example'];

interface TreeContent {
  id: string;
  segments: ReadonlyMap<string, Segment>;
  example: ExampleRow;
}
