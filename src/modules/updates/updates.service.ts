/** The replay record of a run. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { RunUpdate } from '../../store/entities/run-update.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { updateObject, type UpdateObject, type UpdateQuery } from './update.schema.js';

@Injectable()
export class UpdatesService {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, runId: string, { step, ...query }: UpdateQuery): Promise<Page<UpdateObject>> {
    await findOwned(this.dataSource.manager, Run, 'run', { projectId, id: runId });
    const updates = this.dataSource.manager.createQueryBuilder(RunUpdate, 'row').where({ runId });
    if (step !== undefined) updates.andWhere('row.step = :step', { step });
    const { rows, hasMore } = await readPage(updates, 'update', query);
    return page(rows.map(updateObject), hasMore, ({ update }) => update);
  }
}
