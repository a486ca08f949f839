/** The checkpoints of a run, and their files. */
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import type { FilesOwner } from '../../http/answer/files.controller.js';
import { findOwned } from '../../http/find-owned.js';
import { checkCursorOfRun, page, readPage, type Page, type PageQuery } from '../../http/answer/page.js';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { noteBestCheckpoint } from '../../store/best-checkpoint.js';
import { endUses, usersOf } from '../../store/uses.js';
import { checkpointObject, type CheckpointObject } from './checkpoint.schema.js';

@Injectable()
export class CheckpointsService implements FilesOwner {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, runId: string, query: PageQuery): Promise<Page<CheckpointObject>> {
    const { manager } = this.dataSource;
    await findOwned(manager, Run, 'run', { projectId, id: runId });
    await checkCursorOfRun(manager, Checkpoint, { projectId, runId }, query.after);
    const checkpoints = manager.createQueryBuilder(Checkpoint, 'checkpoint').where({ runId, deletedAt: IsNull() });
    const { rows, hasMore } = await readPage(checkpoints, 'id', query);
    return page(rows.map(checkpointObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<CheckpointObject> {
    return checkpointObject(await this.withFiles(projectId, id));
  }

  withFiles(projectId: string, id: string): Promise<Checkpoint> {
    return findOwned(this.dataSource.manager, Checkpoint, 'checkpoint', { projectId, id });
  }

  /** Its bytes are freed later, once nothing else refers to them. */
  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      const { runId } = await findOwned(manager, Checkpoint, 'checkpoint', { projectId, id });
      // The run is locked before its checkpoints, as in its deletion, and FOR UPDATE: that waits for a worker that is adding a checkpoint, which
      // holds the run by the foreign key before it locks other checkpoints.
      const run = await findOwned(manager, Run, 'run', { projectId, id: runId }, { lock: true });
      const checkpoint = await findOwned(manager, Checkpoint, 'checkpoint', { projectId, id }, { lock: true });
      const usedBy = await usersOf(manager, id);
      if (await isResumePoint(manager, run, checkpoint)) usedBy.unshift(run.id);
      if (usedBy.length > 0) throw new AppError('CHECKPOINT_IN_USE', { checkpointId: id, usedBy });
      await manager.update(Checkpoint, { id }, { deletedAt: () => 'clock_timestamp()' });
      await endUses(manager, [id]);
      await manager.decrement(Run, { id: run.id }, 'checkpointsCount', 1);
      await noteBestCheckpoint(manager, run.id);
    });
    return { id, object: 'checkpoint', deleted: true };
  }
}

/** Whether an unfinished run would go on from it after a crash. */
async function isResumePoint(manager: EntityManager, run: Run, { id, kind }: Checkpoint): Promise<boolean> {
  if (FINAL_RUN_STATUSES.includes(run.status) || kind !== 'training') return false;
  const latest = await manager.findOne(Checkpoint, {
    select: { id: true },
    where: { runId: run.id, kind: 'training', deletedAt: IsNull() },
    order: { step: 'DESC', id: 'DESC' },
  });
  return latest?.id === id;
}
