/** The metrics of a run, one row per finished step. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { RunStep } from '../../store/entities/run-step.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { metricsRow, type MetricsQuery, type MetricsRow } from './metrics.schema.js';

@Injectable()
export class MetricsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(
    projectId: string,
    runId: string,
    { names, min_step, max_step, ...query }: MetricsQuery,
  ): Promise<Page<MetricsRow>> {
    await findOwned(this.dataSource.manager, Run, 'run', { projectId, id: runId });
    const steps = this.dataSource.manager.createQueryBuilder(RunStep, 'row').where({ runId });
    if (min_step !== undefined) steps.andWhere('row.step >= :min_step', { min_step });
    if (max_step !== undefined) steps.andWhere('row.step <= :max_step', { max_step });
    const { rows, hasMore } = await readPage(steps, 'step', query);
    return page(
      rows.map((row) => metricsRow(row, names)),
      hasMore,
      ({ step }) => step,
    );
  }
}
