/** Exports of models and checkpoints. A worker writes them, in the job `model.export`. */
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import type { FilesOwner } from '../../http/answer/files.controller.js';
import { findOwned } from '../../http/find-owned.js';
import type { IdempotentRequest } from '../../http/idempotency.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { refuse } from '../../http/answer/problems.js';
import { selectWaiting } from '../../http/answer/waiting-for.js';
import { Submissions } from '../../http/submissions.js';
import { exportProblems, type ExportSpecInput } from '../../spec/export-spec.js';
import type { SpecProblem } from '../../spec/problem.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import { Export } from '../../store/entities/export.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob } from '../../store/jobs.js';
import { referenceProblems } from '../../store/references.js';
import { endUses } from '../../store/uses.js';
import { exportObject, type ExportObject, type ExportQuery } from './export.schema.js';

/** What is shown of an export beside its columns. */
const SHOWN = selectWaiting('exports');

@Injectable()
export class ExportsService implements FilesOwner {
  constructor(
    private readonly dataSource: DataSource,
    private readonly submissions: Submissions,
  ) {}

  async create(request: IdempotentRequest, input: ExportSpecInput): Promise<ExportObject> {
    const { projectId } = request;
    return this.submissions.submit(request, async (manager, queue) => {
      refuse([
        ...exportProblems(input),
        ...(await referenceProblems(manager, projectId, [{ path: 'model', id: input.model, to: 'model' }])),
        ...(await adapterProblems(manager, projectId, input)),
      ]);
      const id = newId('export');
      const row = await insertRow(manager, Export, {
        id,
        projectId,
        modelId: input.model,
        format: input.format,
        dtype: input.dtype ?? 'float32',
        status: 'processing',
        error: null,
        sizeBytes: null,
        files: [],
        metadata: input.metadata ?? {},
      });
      await queue({ kind: 'model.export', subjectId: id, uses: [input.model] });
      return exportObject(row);
    });
  }

  async list(projectId: string, { model, status, metadata, ...query }: ExportQuery): Promise<Page<ExportObject>> {
    const exports = this.dataSource.manager
      .createQueryBuilder(Export, 'exports')
      .where({ projectId, deletedAt: IsNull(), ...(model === undefined ? {} : { modelId: model }) });
    if (status) exports.andWhere('exports.status IN (:...status)', { status });
    if (metadata) exports.andWhere('exports.metadata @> :metadata', { metadata: JSON.stringify(metadata) });
    const { rows, hasMore } = await readPage(exports, 'id', query, SHOWN);
    return page(rows.map(exportObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<ExportObject> {
    const { manager } = this.dataSource;
    return exportObject(await findOwned(manager, Export, 'export', { projectId, id }, { also: SHOWN }));
  }

  /** @throws {AppError} EXPORT_NOT_READY while there are no files, EXPORT_FAILED when there never will be */
  async withFiles(projectId: string, id: string): Promise<Export> {
    const found = await findOwned(this.dataSource.manager, Export, 'export', { projectId, id });
    if (found.status === 'failed') throw new AppError('EXPORT_FAILED', { exportId: id });
    if (found.status !== 'ready') throw new AppError('EXPORT_NOT_READY', { exportId: id });
    return found;
  }

  /** Its bytes are freed later, once nothing else refers to them. */
  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      await findOwned(manager, Export, 'export', { projectId, id });
      // The job is locked before the row, as the worker does it.
      await cancelJob(manager, 'model.export', id);
      await findOwned(manager, Export, 'export', { projectId, id }, { lock: true });
      await manager.update(Export, { id }, { deletedAt: () => 'clock_timestamp()' });
      await endUses(manager, [id]);
    });
    return { id, object: 'export', deleted: true };
  }
}

/** Whether a checkpoint has the adapter that is to be exported; one that is not there is told of elsewhere. */
async function adapterProblems(
  manager: EntityManager,
  projectId: string,
  { model: id, format }: ExportSpecInput,
): Promise<SpecProblem[]> {
  if (format !== 'peft' || !id.startsWith('ckpt_')) return [];
  const checkpoint = await manager.findOneBy(Checkpoint, { id, projectId, deletedAt: IsNull() });
  if (!checkpoint || checkpoint.files.some(({ name }) => name === 'adapter/adapter_config.json')) return [];
  return [{ path: 'format', message: `${id} was trained without an adapter; use huggingface` }];
}
