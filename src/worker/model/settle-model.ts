/** What becomes of a model: the facts and files of one that was made or brought, and the end of the work on it. */
import type { EntityManager } from 'typeorm';
import type { ModelFacts } from '../../spec/model-spec.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { Model } from '../../store/entities/model.entity.js';
import type { StoredFile } from '../../store/shapes.js';
import { keepBlobUses } from '../../store/uses.js';
import { registerBlobs } from '../files/stored-files.js';
import { failureOfEnd } from '../jobs/failure.js';
import type { FinalEnd } from '../jobs/job-processor.js';

export async function storeModel(
  manager: EntityManager,
  blobs: BlobStore,
  id: string,
  { facts, files }: { facts: ModelFacts; files: StoredFile[] },
): Promise<void> {
  await registerBlobs(manager, blobs, id, files);
  await manager.update(Model, id, {
    architecture: facts.architecture,
    parameters: facts.parameters,
    dtype: facts.dtype,
    vocabSize: facts.vocab_size,
    contextLength: facts.context_length,
    hasChatTemplate: facts.has_chat_template,
    warnings: facts.warnings,
    files,
  });
}

/** Of an archive that it was made from, the bytes are no longer kept. */
export async function settleModel(manager: EntityManager, id: string, end: FinalEnd): Promise<void> {
  const error = failureOfEnd(end, 'the making of this model');
  const status = error ? 'failed' : 'ready';
  await manager.update(Model, { id, status: 'processing' }, { status, error, progress: null, archiveSha256: null });
  const { files } = await manager.findOneByOrFail(Model, { id });
  await keepBlobUses(
    manager,
    id,
    files.map(({ sha256 }) => sha256),
  );
}
