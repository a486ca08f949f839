/** Whether a run fits into memory: what it needs at least, beside what there is. Refuses before anything is loaded. */
import { readModelConfig } from '../engine/io/model-directory.js';
import { adapterShapes } from '../engine/models/adapter.js';
import { parameterShapes } from '../engine/models/config.js';
import type { TrainJob } from '../protocol/messages.js';
import type { ResolvedRunSpec } from '../spec/run-spec.js';
import { availableMemory } from './available-memory.js';
import { TrainerFailure } from './failure.js';
import { adapterConfig } from './trained-model.js';

/** Bytes that a run holds from its first step to its last. */
export interface StandingMemory {
  weights: number;
  gradients: number;
  /** The two moments of AdamW. */
  optimizer: number;
}

/** @throws {TrainerFailure} insufficient_memory, with both numbers and what may be lowered */
export async function refuseWhatDoesNotFit(job: TrainJob): Promise<void> {
  const { weights, gradients, optimizer } = await standingMemory(job);
  refuseMoreThan(availableMemory(job.memory_bytes), weights + gradients + optimizer, job.spec);
}

/** Refuses a run that needs more bytes than there are. */
export function refuseMoreThan(available: number, needed: number, spec: ResolvedRunSpec): void {
  if (needed <= available) return;
  const numbers = `The run needs about ${sizeText(needed)} of memory, this worker has ${sizeText(available)}`;
  throw new TrainerFailure('user', 'insufficient_memory', `${numbers}: ${remedy(spec)}`);
}

/** Everything is float32. A reference model is held beside the policy. */
export async function standingMemory({ spec, model_directory }: TrainJob): Promise<StandingMemory> {
  const config = await readModelConfig(model_directory);
  const adapter = spec.training.adapter ? adapterConfig(spec.training.adapter) : null;
  const policy = bytesOf(parameterShapes(config));
  const trained = adapter ? bytesOf(adapterShapes(config, adapter)) : policy;
  const reference = spec.method !== 'sft' && spec.training.kl_coefficient > 0 ? policy : 0;
  return { weights: policy + (adapter ? trained : 0) + reference, gradients: trained, optimizer: 2 * trained };
}

function bytesOf(shapes: ReadonlyMap<string, readonly number[]>): number {
  let sum = 0;
  for (const shape of shapes.values()) sum += Float32Array.BYTES_PER_ELEMENT * shape.reduce((a, b) => a * b, 1);
  return sum;
}

function remedy(spec: ResolvedRunSpec): string {
  const rows = spec.method === 'sft' ? 'training.max_length' : 'rollout.group_size and rollout.max_response_tokens';
  const whole = spec.training.adapter ? '' : 'train an adapter (training.adapter), ';
  return `${whole}lower training.max_batch_tokens or ${rows}, or take a smaller model`;
}

function sizeText(bytes: number): string {
  const [unit, name] = bytes < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}
