/** Imports an uploaded dataset. The reading is the store's; here it gets a fence and an end. */
import type { EntityManager } from 'typeorm';
import { importDataset } from '../../store/datasets/import-dataset.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { failureOfEnd } from '../jobs/failure.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';

export class DatasetImportProcessor implements JobProcessor {
  constructor(private readonly dependencies: WorkerDependencies) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  async settle(manager: EntityManager, { subjectId: id }: ClaimedJob, end: FinalEnd): Promise<void> {
    if (end.kind === 'done') return;
    const error = failureOfEnd(end, 'the import');
    await manager.update(Dataset, { id, status: 'processing' }, { status: 'failed', error });
  }

  async work({ job, fence, signal }: JobContext): Promise<JobEnd> {
    const { dataSource, blobs, maxUploadBytes: maxUnpackedBytes } = this.dependencies;
    const guard = (manager: EntityManager) => fence.check(manager);
    await importDataset(job.subjectId, { dataSource, blobs, maxUnpackedBytes, guard, signal });
    return { kind: 'done' };
  }
}
