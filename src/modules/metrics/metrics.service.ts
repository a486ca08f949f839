/** The metrics of a run, one row per finished step. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { findOwned } from '../../http/find-owned.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { FINAL_RUN_STATUSES } from '../../spec/enums.js';
import { RunStep } from '../../store/entities/run-step.entity.js';
import { Run } from '../../store/entities/run.entity.js';
import { isNamed, metricsRow, type MetricsQuery, type MetricsRow } from './metrics.schema.js';

@Injectable()
export class MetricsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(
    projectId: string,
    runId: string,
    { names, min_step, max_step, ...query }: MetricsQuery,
  ): Promise<Page<MetricsRow>> {
    const { status } = await findOwned(this.dataSource.manager, Run, 'run', { projectId, id: runId });
    const steps = this.dataSource.manager.createQueryBuilder(RunStep, 'row').where({ runId });
    if (min_step !== undefined) steps.andWhere('row.step >= :min_step', { min_step });
    if (max_step !== undefined) steps.andWhere('row.step <= :max_step', { max_step });
    const { rows, hasMore } = await readPage(steps, 'step', query);
    const data = rows.map((row) => metricsRow(row, names));
    const hasNone = data.every(({ metrics }) => Object.keys(metrics).length === 0);
    // Of a run that goes on, metrics that it does not have yet may come.
    if (names && hasNone && FINAL_RUN_STATUSES.includes(status)) await this.checkNames(runId, names);
    return page(data, hasMore, ({ step }) => step);
  }

  /** @throws {AppError} INVALID_REQUEST when the run has metrics, and none of these */
  private async checkNames(runId: string, names: readonly string[]): Promise<void> {
    const rows = await this.dataSource.query<{ name: string }[]>(
      'SELECT DISTINCT jsonb_object_keys(metrics) AS name FROM run_steps WHERE run_id = $1 ORDER BY name',
      [runId],
    );
    const known = rows.map(({ name }) => name);
    if (known.length === 0 || known.some((name) => isNamed(name, names))) return;
    throw AppError.invalid('names', `the run has no metric ${names.join(', ')}; it has ${nearest(known, names)}`);
  }
}

/** The metrics in the groups of these names; where there are no such groups, those that there are. */
function nearest(known: readonly string[], names: readonly string[]): string {
  const groups = new Set(names.map(groupOf));
  const inGroups = known.filter((name) => groups.has(groupOf(name)));
  return (inGroups.length > 0 ? inGroups : [...new Set(known.map(groupOf))]).join(', ');
}

const groupOf = (name: string): string => name.slice(0, name.indexOf('/') + 1);
