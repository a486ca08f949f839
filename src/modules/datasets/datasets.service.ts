/** Datasets of a project. Their rows are read by a worker, in the job `dataset.import`. */
import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { uploadHash } from '../../http/request/form-fields.js';
import type { IdempotentRequest } from '../../http/idempotency.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { selectWaiting } from '../../http/answer/waiting-for.js';
import type { Upload } from '../../http/request/upload.js';
import { Submissions } from '../../http/submissions.js';
import { recordBlob } from '../../store/blobs/record-blob.js';
import { CorpusEmbedding } from '../../store/entities/corpus-embedding.entity.js';
import { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob } from '../../store/jobs.js';
import { patiently } from '../../store/patiently.js';
import { endUses, usersOf } from '../../store/uses.js';
import { readDatasetFields } from './dataset-fields.js';
import {
  datasetObject,
  exampleObject,
  type DatasetObject,
  type DatasetQuery,
  type ExampleObject,
  type ExampleQuery,
} from './dataset.schema.js';

/** What is shown of a dataset beside its columns. */
const SHOWN = selectWaiting('datasets');

@Injectable()
export class DatasetsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly submissions: Submissions,
  ) {}

  /** Takes the upload over: its file is kept in the store, or discarded with whatever is thrown. */
  async create(request: IdempotentRequest, upload: Upload): Promise<DatasetObject> {
    const { fields, file, fileName } = upload;
    try {
      const { name, kind, format, mapping, metadata } = readDatasetFields(fields);
      const bodyHash = uploadHash(upload);
      return await this.submissions.submit({ ...request, bodyHash }, async (manager, queue) => {
        const id = newId('dataset');
        const dataset = await insertRow(manager, Dataset, {
          id,
          projectId: request.projectId,
          name: name ?? fileName ?? id,
          kind,
          format: format === 'auto' ? 'jsonl' : format,
          mapping,
          status: 'processing',
          error: null,
          sha256: file.sha256,
          sizeBytes: file.sizeBytes,
          numExamples: null,
          numRejected: null,
          rejectedRows: [],
          warnings: [],
          metadata,
        });
        await queue({ kind: 'dataset.import', subjectId: id, uses: [] });
        await recordBlob(manager, id, file);
        await file.keep();
        return datasetObject(dataset);
      });
    } finally {
      await file.discard();
    }
  }

  async list(projectId: string, { kind, status, metadata, ...query }: DatasetQuery): Promise<Page<DatasetObject>> {
    const datasets = this.dataSource.manager
      .createQueryBuilder(Dataset, 'datasets')
      .where({ projectId, deletedAt: IsNull() });
    if (kind) datasets.andWhere('datasets.kind IN (:...kind)', { kind });
    if (status) datasets.andWhere('datasets.status IN (:...status)', { status });
    if (metadata) datasets.andWhere('datasets.metadata @> :metadata', { metadata: JSON.stringify(metadata) });
    const { rows, hasMore } = await readPage(datasets, 'id', query, SHOWN);
    return page(rows.map(datasetObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<DatasetObject> {
    const { manager } = this.dataSource;
    return datasetObject(await findOwned(manager, Dataset, 'dataset', { projectId, id }, { also: SHOWN }));
  }

  async examples(projectId: string, id: string, query: ExampleQuery): Promise<Page<ExampleObject>> {
    await findOwned(this.dataSource.manager, Dataset, 'dataset', { projectId, id });
    const examples = this.dataSource.manager.createQueryBuilder(DatasetExample, 'example').where({ datasetId: id });
    const { rows, hasMore } = await readPage(examples, 'index', query);
    return page(rows.map(exampleObject), hasMore, ({ index }) => index);
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    await patiently(this.dataSource, (connection) =>
      connection.transaction(async (manager) => {
        // The job is locked before the row, as the worker does it.
        await cancelJobIfOwned(manager, projectId, id);
        await findOwned(manager, Dataset, 'dataset', { projectId, id }, { lock: true });
        const usedBy = await usersOf(manager, id);
        if (usedBy.length > 0) throw new AppError('DATASET_IN_USE', { datasetId: id, usedBy });
        await manager.update(Dataset, { id }, { deletedAt: () => 'clock_timestamp()' });
        await endUses(manager, [id]);
        await manager.delete(DatasetExample, { datasetId: id });
        await manager.delete(CorpusEmbedding, { datasetId: id });
      }),
    );
    return { id, object: 'dataset', deleted: true };
  }
}

async function cancelJobIfOwned(manager: EntityManager, projectId: string, id: string): Promise<void> {
  await findOwned(manager, Dataset, 'dataset', { projectId, id });
  await cancelJob(manager, 'dataset.import', id);
}
