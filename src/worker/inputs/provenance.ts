/** What a model card says about where weights come from, from the rows of the runs and models before. Reads also what has been deleted since. */
import type { EntityManager } from 'typeorm';
import { BOUGH_VERSION } from '../../config/package.js';
import type { Provenance } from '../../protocol/messages.js';
import { Checkpoint } from '../../store/entities/checkpoint.entity.js';
import type { Dataset } from '../../store/entities/dataset.entity.js';
import { Model } from '../../store/entities/model.entity.js';
import { Run } from '../../store/entities/run.entity.js';

/** @param modelId of the model or the checkpoint that a run starts from */
export async function provenanceOf(
  manager: EntityManager,
  modelId: string,
  { name, sha256 }: Pick<Dataset, 'name' | 'sha256'>,
): Promise<Provenance> {
  return {
    model: await modelNameOf(manager, modelId),
    base_model: await baseModelOf(manager, modelId),
    dataset: { name, sha256 },
    service_version: BOUGH_VERSION,
  };
}

/** What the model is called; a checkpoint goes by its run and step. */
export async function modelNameOf(manager: EntityManager, id: string): Promise<string> {
  if (!id.startsWith('ckpt_')) return (await manager.findOneBy(Model, { id }))?.name ?? id;
  const checkpoint = await manager.findOne(Checkpoint, { where: { id }, relations: { run: true } });
  return checkpoint ? `${checkpoint.run?.name ?? checkpoint.runId}, step ${checkpoint.step}` : id;
}

/** The repository of Hugging Face that a chain of runs began with; null when it began with something else. */
export async function baseModelOf(manager: EntityManager, id: string): Promise<string | null> {
  const model = await manager.findOneBy(Model, { id: await originOf(manager, id) });
  return model && repositoryOf(model.source);
}

/** The model at the beginning: each run starts from a model, or from a checkpoint of an earlier run. */
async function originOf(manager: EntityManager, id: string): Promise<string> {
  if (!id.startsWith('ckpt_')) return id;
  const run = await manager
    .createQueryBuilder(Run, 'run')
    .innerJoin(Checkpoint, 'checkpoint', 'checkpoint.runId = run.id')
    .where('checkpoint.id = :id', { id })
    .getOne();
  return run ? originOf(manager, run.modelId) : id;
}

function repositoryOf(source: Model['source']): string | null {
  return source.type === 'huggingface' ? source.repo : null;
}
