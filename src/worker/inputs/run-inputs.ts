/** Lays out what a trainer reads for a run: the models, the examples. The same for a run and for its preview. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainJob } from '../../protocol/messages.js';
import { evaluationOf, referenceModelOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import type { StoredFile } from '../../store/shapes.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { exampleLine } from './example-lines.js';
import type { InputFiles } from './input-files.js';
import { provenanceOf } from './provenance.js';

export interface RunInputs {
  /** The part of the trainer's job that does not depend on how far the run is. */
  readonly job: Omit<TrainJob, 'run_id' | 'attempt' | 'resume' | 'usage' | 'tools' | 'call_limits'>;
  /** For the manifest: what the run was given, by hash. */
  readonly hashes: Record<string, unknown>;
}

/**
 * Everything that the trainer reads lies in the scratch folder afterwards.
 * @throws {AppError} INPUT_FAILED naming what cannot be used
 */
export async function prepareRunInputs(
  { dataSource, accelerator, threads, memoryBytes }: WorkerDependencies,
  files: InputFiles,
  spec: ResolvedRunSpec,
  scratch: string,
): Promise<RunInputs> {
  const at = (name: string) => join(scratch, name);
  const modelFiles = await files.model(spec.model, at('model'), { asked: true });
  const reference = referenceModelOf(spec);
  if (reference !== null) await files.model(reference, at('reference'));
  const dataset = await files.dataset(spec.dataset);
  await files.lines(spec.dataset, at('examples.jsonl'), exampleLine);
  const heldOut = (evaluationOf(spec)?.sets ?? []).map((set, i) => ({ ...set, file: at(`evaluation-${i}.jsonl`) }));
  for (const { dataset: id, limit, file } of heldOut) await files.lines(id, file, exampleLine, limit);
  await mkdir(at('checkpoints'));
  const job: RunInputs['job'] = {
    kind: 'train',
    spec,
    model_directory: at('model'),
    reference_directory: reference === null ? null : at('reference'),
    examples: at('examples.jsonl'),
    evaluation_examples: heldOut.map(({ file }) => file),
    output_directory: at('checkpoints'),
    provider: accelerator.providerFor(spec.accelerator),
    threads,
    ...(memoryBytes === undefined ? {} : { memory_bytes: memoryBytes }),
    provenance: await provenanceOf(dataSource.manager, spec.model, dataset),
  };
  return { job, hashes: hashesOf(spec, dataset.sha256, modelFiles) };
}

function hashesOf(spec: ResolvedRunSpec, sha256: string, modelFiles: readonly StoredFile[]): Record<string, unknown> {
  return {
    dataset: { id: spec.dataset, sha256 },
    model: { id: spec.model, files: Object.fromEntries(modelFiles.map((file) => [file.name, file.sha256])) },
  };
}
