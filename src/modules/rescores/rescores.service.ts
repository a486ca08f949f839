/** Rescores of the runs of a project. A worker carries them out, in the job `run.rescore`. */
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from '../../config/config.js';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { CONFIG } from '../../http/http.module.js';
import type { IdempotentRequest } from '../../http/idempotency.js';
import { checkCursorOfRun, page, readPage, type Page } from '../../http/answer/page.js';
import { refuse } from '../../http/answer/problems.js';
import { selectWaiting } from '../../http/answer/waiting-for.js';
import { Submissions } from '../../http/submissions.js';
import { rewardFaults } from '../../rewards/check-reward.js';
import { rescoreProblems, resolveRescoreSpec, SAME_REWARD, type RescoreSpecInput } from '../../spec/rescore-spec.js';
import { RescoreItem } from '../../store/entities/rescore-item.entity.js';
import { Rescore } from '../../store/entities/rescore.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { Trajectory } from '../../store/entities/trajectory.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { deleteRescores } from '../../store/delete-rescores.js';
import { countRescored } from '../../store/rescored-trees.js';
import { idsOf, referenceProblems, rewardReferences, type Reference } from '../../store/references.js';
import {
  rescoreItemObject,
  rescoreObject,
  type RescoreItemObject,
  type RescoreItemQuery,
  type RescoreObject,
  type RescoreQuery,
} from './rescore.schema.js';

/** What the comparison counts as such. */
const CHANGED = `coalesce(abs(item.after - item.before) > ${SAME_REWARD}, false)`;

/** What is shown of a rescore beside its columns. */
const SHOWN = selectWaiting('rescores');

@Injectable()
export class RescoresService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly submissions: Submissions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws {AppError} UNPROCESSABLE_SPEC naming everything that keeps it from being done; nothing is left of it then */
  async create(request: IdempotentRequest, runId: string, input: RescoreSpecInput): Promise<RescoreObject> {
    const { projectId } = request;
    refuse(rescoreProblems(input));
    const spec = resolveRescoreSpec(input);
    const faults = await rewardFaults(spec.grader, 'grader', this.config);
    return this.submissions.submit(request, async (manager, queue) => {
      // Locked, so that it is not deleted meanwhile without this.
      const run = await findOwned(manager, Run, 'run', { projectId, id: runId }, { lock: true });
      const remedy = 'its references are what answers are scored by, so that the run cannot be scored again';
      const dataset: Reference = { path: 'grader', id: run.datasetId, to: 'dataset', remedy };
      const references = [dataset, ...rewardReferences(spec.grader, 'grader')];
      refuse([...faults, ...(await referenceProblems(manager, projectId, references))]);
      const total = await countRescored(manager, runId, spec);
      if (total === 0) {
        const steps =
          spec.to_step === null ? `from step ${spec.from_step} on` : `in steps ${spec.from_step} to ${spec.to_step}`;
        refuse([{ path: 'from_step', message: `${runId} has no scored trajectories ${steps}` }]);
      }
      const rescore = await insertRow(manager, Rescore, {
        id: newId('rescore'),
        projectId,
        runId,
        spec,
        status: 'processing',
        progress: { done: 0, total },
        comparison: null,
        error: null,
      });
      await queue({ kind: 'run.rescore', subjectId: rescore.id, uses: idsOf(references) });
      return rescoreObject(rescore);
    });
  }

  async list(projectId: string, runId: string, query: RescoreQuery): Promise<Page<RescoreObject>> {
    const { manager } = this.dataSource;
    await findOwned(manager, Run, 'run', { projectId, id: runId });
    await checkCursorOfRun(manager, Rescore, { projectId, runId }, query.after);
    const rescores = manager.createQueryBuilder(Rescore, 'rescores').where({ runId });
    const { rows, hasMore } = await readPage(rescores, 'id', query, SHOWN);
    return page(rows.map(rescoreObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<RescoreObject> {
    const { manager } = this.dataSource;
    return rescoreObject(await findOwned(manager, Rescore, 'rescore', { projectId, id }, { also: SHOWN }));
  }

  async items(
    projectId: string,
    id: string,
    { changed, ...query }: RescoreItemQuery,
  ): Promise<Page<RescoreItemObject>> {
    const { manager } = this.dataSource;
    const { runId } = await findOwned(manager, Rescore, 'rescore', { projectId, id });
    await checkCursorOfRun(manager, Trajectory, { projectId, runId }, query.after);
    const items = manager.createQueryBuilder(RescoreItem, 'item').where({ rescoreId: id });
    if (changed !== undefined) items.andWhere(changed ? CHANGED : `NOT ${CHANGED}`);
    const { rows, hasMore } = await readPage(items, 'trajectoryId', query);
    return page(rows.map(rescoreItemObject), hasMore, ({ trajectory_id }) => trajectory_id);
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      await findOwned(manager, Rescore, 'rescore', { projectId, id });
      await deleteRescores(manager, [id]);
    });
    return { id, object: 'rescore', deleted: true };
  }
}
