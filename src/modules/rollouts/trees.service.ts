/** The rollout trees of a run. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { checkCursorOfRun, page, readPage, type Page } from '../../http/answer/page.js';
import { Run } from '../../store/entities/run.entity.js';
import { Segment } from '../../store/entities/segment.entity.js';
import { Trajectory } from '../../store/entities/trajectory.entity.js';
import { Tree } from '../../store/entities/tree.entity.js';
import {
  segmentObject,
  treeSummary,
  type TreeCounts,
  type TreeObject,
  type TreeQuery,
  type TreeSummary,
} from './tree.schema.js';

const NOTHING: TreeCounts = { segments: 0, trajectories: 0, tokens: 0, finished: false };

@Injectable()
export class TreesService {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, runId: string, { step, ...query }: TreeQuery): Promise<Page<TreeSummary>> {
    const { manager } = this.dataSource;
    await findOwned(manager, Run, 'run', { projectId, id: runId });
    await checkCursorOfRun(manager, Tree, { projectId, runId }, query.after);
    const trees = manager.createQueryBuilder(Tree, 'tree').where({ runId });
    if (step !== undefined) trees.andWhere('tree.step = :step', { step });
    const { rows, hasMore } = await readPage(trees, 'id', query);
    const counts = await this.counts(rows.map(({ id }) => id));
    return page(
      rows.map((tree) => treeSummary(tree, counts.get(tree.id) ?? NOTHING)),
      hasMore,
      ({ id }) => id,
    );
  }

  async get(projectId: string, id: string): Promise<TreeObject> {
    const { manager } = this.dataSource;
    const tree = await findOwned(manager, Tree, 'tree', { projectId, id });
    const counts = (await this.counts([id])).get(id) ?? NOTHING;
    const segments = await manager.find(Segment, { where: { treeId: id }, order: { index: 'ASC' } });
    const trajectories = await manager.find(Trajectory, {
      select: { id: true, index: true, segmentIds: true },
      where: { treeId: id },
      order: { index: 'ASC' },
    });
    return {
      ...treeSummary(tree, counts),
      segments: segments.map(segmentObject),
      trajectories: trajectories.map((one) => ({ id: one.id, index: one.index, segment_ids: one.segmentIds })),
    };
  }

  private async counts(ids: string[]): Promise<Map<string, TreeCounts>> {
    if (ids.length === 0) return new Map();
    const rows = await this.dataSource.query<({ id: string } & TreeCounts)[]>(
      `SELECT id,
         (SELECT count(*)::int FROM segments WHERE tree_id = trees.id) AS segments,
         (SELECT coalesce(sum(num_tokens), 0)::int FROM segments WHERE tree_id = trees.id) AS tokens,
         (SELECT count(*)::int FROM trajectories WHERE tree_id = trees.id) AS trajectories,
         EXISTS (SELECT FROM run_steps s WHERE s.run_id = trees.run_id AND s.step = trees.step) AS finished
       FROM trees WHERE id = ANY($1)`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }
}
