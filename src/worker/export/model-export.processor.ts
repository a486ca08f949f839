/** Exports a model or a checkpoint: has a trainer write the files, and stores them. */
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { BOUGH_VERSION } from '../../config/package.js';
import type { ExportModelJob } from '../../protocol/messages.js';
import { Export } from '../../store/entities/export.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { putFolder, registerBlobs } from '../files/stored-files.js';
import { InputFiles } from '../inputs/input-files.js';
import { baseModelOf, modelNameOf } from '../inputs/provenance.js';
import { failureOfEnd } from '../jobs/failure.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { ModelHandler } from '../model/model-handler.js';
import { superviseTrainer } from '../trainer/trainer-session.js';

export class ModelExportProcessor implements JobProcessor {
  private readonly logger = new Logger('Export');

  constructor(private readonly dependencies: WorkerDependencies) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  async settle(manager: EntityManager, { subjectId: id }: ClaimedJob, end: FinalEnd): Promise<void> {
    const error = failureOfEnd(end, 'the writing of this export');
    await manager.update(Export, { id, status: 'processing' }, { status: error ? 'failed' : 'ready', error });
  }

  async work(context: JobContext): Promise<JobEnd> {
    const { dataSource, trainerEntry, trainerLimits } = this.dependencies;
    const row = await dataSource.manager.findOneByOrFail(Export, { id: context.job.subjectId });
    const job = await this.prepare(context, row);
    const onLine = (line: string) => this.logger.log(`${row.id}: ${line}`);
    const outcome = await superviseTrainer({
      job,
      handler: new ModelHandler(onLine),
      signal: context.signal,
      onLine,
      entry: trainerEntry,
      limits: trainerLimits,
    });
    const end = endOf(outcome, context.signal);
    if (end.kind === 'done') await this.store(context, job);
    return end;
  }

  private async prepare({ job, signal, scratch }: JobContext, row: Export): Promise<ExportModelJob> {
    const { dataSource, blobs, threads } = this.dependencies;
    const { id, modelId, format, dtype } = row;
    const directory = join(scratch, 'model');
    await new InputFiles(dataSource, blobs, job.projectId, signal).model(modelId, directory);
    return {
      kind: 'export_model',
      export_id: id,
      model_directory: directory,
      format,
      dtype,
      origin: {
        model: modelId,
        name: await modelNameOf(dataSource.manager, modelId),
        base_model: await baseModelOf(dataSource.manager, modelId),
        service_version: BOUGH_VERSION,
      },
      output_directory: join(scratch, 'output'),
      threads,
    };
  }

  private async store({ fence }: JobContext, { export_id: id, output_directory }: ExportModelJob): Promise<void> {
    const { blobs } = this.dependencies;
    const files = await putFolder(blobs, output_directory);
    const sizeBytes = files.reduce((sum, file) => sum + file.size_bytes, 0);
    await fence.transaction(async (manager) => {
      await registerBlobs(manager, blobs, id, files);
      await manager.update(Export, id, { files, sizeBytes });
    });
  }
}
