/** Brings a model in from outside: gets its files, has a trainer say whether they can be trained on, and stores them. */
import { join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { Blob } from '../../store/entities/blob.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { forgetSecretKey, secretKeyOf, type ClaimedJob } from '../../store/jobs.js';
import { putMissing } from '../files/stored-files.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { ArchiveSource } from './from-archive.js';
import { DirectorySource } from './from-directory.js';
import { HubSource } from './hub/from-hub.js';
import { Hub } from './hub/hub.js';
import { CONFIG_FILE } from './model-files.js';
import { ModelFolder } from './model-folder.js';
import type { ModelSourceFiles } from './model-source.js';
import { runModelTrainer } from './model-trainer.js';
import { ARCHIVE_LIMITS } from './read-archive.js';
import { settleModel, storeModel } from './settle-model.js';
import { TransferProgress } from './transfer-progress.js';

export class ModelImportProcessor implements JobProcessor {
  constructor(private readonly dependencies: WorkerDependencies) {}

  async claimed(): Promise<void> {}

  async released(): Promise<void> {}

  settle(manager: EntityManager, { subjectId }: ClaimedJob, end: FinalEnd): Promise<void> {
    return settleModel(manager, subjectId, end);
  }

  async work(context: JobContext): Promise<JobEnd> {
    const { dataSource, blobs, maxModelBytes: maxBytes } = this.dependencies;
    const { scratch, signal, fence } = context;
    const model = await dataSource.manager.findOneByOrFail(Model, { id: context.job.subjectId });
    const folder = new ModelFolder({ blobs, path: join(scratch, 'model'), maxBytes, signal });
    const progress = new TransferProgress((told) =>
      fence.transaction(async (manager) => void (await manager.update(Model, model.id, { progress: told }))),
    );
    try {
      const source = await this.sourceOf(context, model, folder, progress);
      await source.documents();
      // Before what is large: most of what is refused is refused for its configuration.
      const early = await this.check(context, model.id, folder, false);
      if (early.end.kind !== 'done') return early.end;
      await source.weights();
      await progress.pause();
      const { end, facts } = await this.check(context, model.id, folder, true);
      if (end.kind !== 'done') return end;
      if (!facts) throw new Error('the trainer has not said what it found');
      // The check settles what the configuration and the weights say differently.
      await folder.restore(CONFIG_FILE);
      const { files, path } = folder;
      await putMissing(blobs, path, files);
      await fence.transaction(async (manager) => {
        await storeModel(manager, blobs, model.id, { facts, files });
        await manager.update(Model, model.id, { commit: source.commit });
      });
      return end;
    } finally {
      await progress.settled();
    }
  }

  private async sourceOf(
    context: JobContext,
    model: Model,
    folder: ModelFolder,
    progress: TransferProgress,
  ): Promise<ModelSourceFiles> {
    const { blobs, modelsDir, hfEndpoint, guard, maxModelBytes: maxBytes } = this.dependencies;
    const { source } = model;
    switch (source.type) {
      case 'directory':
        return new DirectorySource(modelsDir, source.path, folder, progress);
      case 'upload': {
        const { sha256, sizeBytes: bytes } = await this.archiveOf(model);
        const limits = { ...ARCHIVE_LIMITS, maxBytes };
        return new ArchiveSource({ blobs, sha256, bytes, limits, signal: context.signal }, folder, progress);
      }
      case 'huggingface': {
        const token = source.authenticated ? await this.takeToken(context) : null;
        const hub = new Hub({ endpoint: hfEndpoint, token, guard, signal: context.signal });
        return new HubSource(hub, source, folder, progress);
      }
      case 'random':
        throw new Error('a random model is not brought but made');
    }
  }

  private async archiveOf({ archiveSha256 }: Model): Promise<Blob> {
    const { manager } = this.dependencies.dataSource;
    return manager.findOneByOrFail(Blob, { sha256: archiveSha256 ?? '' });
  }

  /** The token that the model was posted with: there for the first who asks. */
  private async takeToken({ job, fence }: JobContext): Promise<string> {
    const { dataSource, secrets } = this.dependencies;
    const key = await secretKeyOf(dataSource.manager, job.id);
    const token = key === null ? null : await secrets.take(job.subjectId, key);
    await fence.transaction((manager) => forgetSecretKey(manager, job.id));
    if (token === null) throw new AppError('TOKEN_SPENT', { lastError: job.error?.message ?? null });
    return token;
  }

  private check(context: JobContext, modelId: string, { path }: ModelFolder, weights: boolean) {
    return runModelTrainer(this.dependencies, context, {
      kind: 'check_model',
      model_id: modelId,
      directory: path,
      weights,
    });
  }
}
