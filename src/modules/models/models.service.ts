/** Models of a project. A worker makes them, in the job `model.create`, or brings them from outside, in `model.import`. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import type { Config } from '../../config/config.js';
import { isWithin } from '../../config/is-within.js';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { readForm, uploadHash } from '../../http/request/form-fields.js';
import { CONFIG } from '../../http/http.module.js';
import type { IdempotentRequest } from '../../http/idempotency.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { refuse } from '../../http/answer/problems.js';
import { selectWaiting } from '../../http/answer/waiting-for.js';
import type { Upload } from '../../http/request/upload.js';
import { Submissions } from '../../http/submissions.js';
import { OneTimeSecrets } from '../../queue/one-time-secrets.js';
import { modelProblems, storedSource, type ModelSource, type ModelSpecInput } from '../../spec/model-spec.js';
import type { SpecProblem } from '../../spec/problem.js';
import { recordBlob } from '../../store/blobs/record-blob.js';
import type { JobKind } from '../../store/entities/job.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob } from '../../store/jobs.js';
import { idsOf, referenceProblems, type Reference } from '../../store/references.js';
import { endUses, usersOf } from '../../store/uses.js';
import { ModelForm, modelObject, type ModelObject, type ModelQuery } from './model.schema.js';

type NewModel = Pick<Model, 'id' | 'name' | 'source' | 'metadata'> & Partial<Pick<Model, 'archiveSha256'>>;

/** What is shown of a model beside its columns. */
const SHOWN = selectWaiting('models');

@Injectable()
export class ModelsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly submissions: Submissions,
    private readonly secrets: OneTimeSecrets,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async create(request: IdempotentRequest, input: ModelSpecInput): Promise<ModelObject> {
    const { projectId } = request;
    refuse(modelProblems(input));
    refuse(this.directoryProblems(input));
    const { token, tokenless } = withoutToken(input);
    // Nothing that is derived from a token is kept.
    const bodyHash = token === null ? request.bodyHash : hashOf(tokenless);
    return this.submissions.submit({ ...request, bodyHash }, async (manager, queue) => {
      const references = tokenizerReferences(input.source);
      refuse(await referenceProblems(manager, projectId, references));
      const id = newId('model');
      const secretKey = token === null ? null : await this.secrets.put(id, token);
      const source = storedSource(input.source);
      const given = { id, name: input.name ?? id, source, metadata: input.metadata ?? {} };
      const model = await insertRow(manager, Model, newModel(projectId, given));
      await queue({ kind: jobKindOf(source), subjectId: id, uses: idsOf(references), secretKey });
      return modelObject(model);
    });
  }

  /** Takes the upload over: its file is kept in the store, or discarded with whatever is thrown. */
  async upload(request: IdempotentRequest, upload: Upload): Promise<ModelObject> {
    const { fields, file, fileName } = upload;
    try {
      const { name, metadata } = readForm(fields, ModelForm, ['source', 'metadata']);
      return await this.submissions.submit({ ...request, bodyHash: uploadHash(upload) }, async (manager, queue) => {
        const id = newId('model');
        const source: ModelSource = { type: 'upload' };
        const given = { id, name: name ?? fileName ?? id, source, metadata, archiveSha256: file.sha256 };
        const model = await insertRow(manager, Model, newModel(request.projectId, given));
        await queue({ kind: jobKindOf(source), subjectId: id, uses: [] });
        await recordBlob(manager, id, file);
        await file.keep();
        return modelObject(model);
      });
    } finally {
      await file.discard();
    }
  }

  async list(projectId: string, { status, metadata, ...query }: ModelQuery): Promise<Page<ModelObject>> {
    const models = this.dataSource.manager
      .createQueryBuilder(Model, 'models')
      .where({ projectId, deletedAt: IsNull() });
    if (status) models.andWhere('models.status IN (:...status)', { status });
    if (metadata) models.andWhere('models.metadata @> :metadata', { metadata: JSON.stringify(metadata) });
    const { rows, hasMore } = await readPage(models, 'id', query, SHOWN);
    return page(rows.map(modelObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<ModelObject> {
    const { manager } = this.dataSource;
    return modelObject(await findOwned(manager, Model, 'model', { projectId, id }, { also: SHOWN }));
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      const { source } = await findOwned(manager, Model, 'model', { projectId, id });
      // The job is locked before the row, as the worker does it.
      await cancelJob(manager, jobKindOf(source), id);
      await findOwned(manager, Model, 'model', { projectId, id }, { lock: true });
      const usedBy = await usersOf(manager, id);
      if (usedBy.length > 0) throw new AppError('MODEL_IN_USE', { modelId: id, usedBy });
      await manager.update(Model, { id }, { deletedAt: () => 'clock_timestamp()' });
      await endUses(manager, [id]);
    });
    return { id, object: 'model', deleted: true };
  }

  private directoryProblems({ source }: ModelSpecInput): SpecProblem[] {
    if (source.type !== 'directory') return [];
    const { modelsDir } = this.config;
    if (modelsDir === undefined) {
      const message = 'no models are taken from directories here: the operator must set MODELS_DIR';
      return [{ path: 'source.type', message }];
    }
    // What is there is known to the workers, whose machines may be others.
    if (isWithin(modelsDir, resolve(modelsDir, source.path))) return [];
    const message = 'is not within MODELS_DIR: give a path within it, such as the name of a folder there';
    return [{ path: 'source.path', message }];
  }
}

function newModel(projectId: string, fields: NewModel): Partial<Model> {
  return {
    projectId,
    status: 'processing',
    error: null,
    progress: null,
    commit: null,
    archiveSha256: null,
    architecture: null,
    parameters: null,
    dtype: null,
    hasChatTemplate: null,
    vocabSize: null,
    contextLength: null,
    warnings: [],
    files: [],
    ...fields,
  };
}

const jobKindOf = ({ type }: ModelSource): JobKind => (type === 'random' ? 'model.create' : 'model.import');

function withoutToken(input: ModelSpecInput): { token: string | null; tokenless: ModelSpecInput } {
  if (input.source.type !== 'huggingface') return { token: null, tokenless: input };
  const { token = null, ...source } = input.source;
  return { token, tokenless: { ...input, source } };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

function tokenizerReferences(source: ModelSpecInput['source']): Reference[] {
  if (source.type !== 'random') return [];
  const path = 'source.tokenizer';
  if (typeof source.tokenizer === 'string') return [{ path, id: source.tokenizer, to: 'model' }];
  const { dataset } = source.tokenizer.train;
  if (typeof dataset === 'string') return [{ path: `${path}.train.dataset`, id: dataset, to: 'dataset' }];
  return dataset.map((id, i) => ({ path: `${path}.train.dataset[${i}]`, id, to: 'dataset' }));
}
