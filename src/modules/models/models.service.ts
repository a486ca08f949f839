/** Models of a project. A worker makes them, in the job `model.create`. */
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { page, readPage, type Page } from '../../http/page.js';
import { refuse } from '../../http/problems.js';
import { JobTickets } from '../../queue/job-tickets.js';
import { modelProblems, type ModelSpecInput } from '../../spec/model-spec.js';
import type { Job } from '../../store/entities/job.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob, createJob } from '../../store/jobs.js';
import { referenceProblems, usersOf, type Reference } from '../../store/references.js';
import { modelObject, type ModelObject, type ModelQuery } from './model.schema.js';

@Injectable()
export class ModelsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly tickets: JobTickets,
  ) {}

  async create(request: IdempotentRequest, input: ModelSpecInput): Promise<ModelObject> {
    const { projectId } = request;
    refuse(modelProblems(input));
    const jobs: Job[] = [];
    const answer = await this.idempotency.once(request, async (manager) => {
      refuse(await referenceProblems(manager, projectId, tokenizerReferences(input.source)));
      const id = newId('model');
      const model = await insertRow(manager, Model, {
        id,
        projectId,
        name: input.name ?? id,
        source: input.source,
        status: 'processing',
        error: null,
        architecture: null,
        parameters: null,
        vocabSize: null,
        contextLength: null,
        files: [],
        metadata: input.metadata ?? {},
      });
      jobs.push(await createJob(manager, { projectId, kind: 'model.create', subjectId: id }));
      return modelObject(model);
    });
    for (const job of jobs) await this.tickets.issue(job);
    return answer;
  }

  async list(projectId: string, { status, metadata, ...query }: ModelQuery): Promise<Page<ModelObject>> {
    const models = this.dataSource.manager.createQueryBuilder(Model, 'model').where({ projectId, deletedAt: IsNull() });
    if (status) models.andWhere('model.status IN (:...status)', { status });
    if (metadata) models.andWhere('model.metadata @> :metadata', { metadata: JSON.stringify(metadata) });
    const { rows, hasMore } = await readPage(models, 'id', query);
    return page(rows.map(modelObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<ModelObject> {
    return modelObject(await findOwned(this.dataSource.manager, Model, 'model', { projectId, id }));
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      await findOwned(manager, Model, 'model', { projectId, id });
      // The job is locked before the row, as the worker does it.
      await cancelJob(manager, 'model.create', id);
      await findOwned(manager, Model, 'model', { projectId, id }, { lock: true });
      const usedBy = await usersOf(manager, projectId, id);
      if (usedBy.length > 0) throw new AppError('MODEL_IN_USE', { modelId: id, usedBy });
      await manager.update(Model, { id }, { deletedAt: new Date() });
    });
    return { id, object: 'model', deleted: true };
  }
}

function tokenizerReferences(source: ModelSpecInput['source']): Reference[] {
  if (source.type !== 'random') return [];
  const path = 'source.tokenizer';
  if (typeof source.tokenizer === 'string') return [{ path, id: source.tokenizer, to: 'model' }];
  const { dataset } = source.tokenizer.train;
  if (typeof dataset === 'string') return [{ path: `${path}.train.dataset`, id: dataset, to: 'dataset' }];
  return dataset.map((id, i) => ({ path: `${path}.train.dataset[${i}]`, id, to: 'dataset' }));
}
