/** What a run will hold in memory, and whether that fits. Adds up what the parts of a run say of themselves, from its specification and its models' sizes alone; loads no weights. */
import type { TrainJob } from '../../protocol/messages.js';
import { isExternal, isSupervised, type ResolvedRunSpec } from '../../spec/run-spec.js';
import { hasReference } from '../algorithms/index.js';
import { TrainerFailure } from '../failure.js';
import type { Passes } from '../model/checkpoint.js';
import { modelFootprint } from '../model/footprint.js';
import { referenceSizes } from '../model/reference-model.js';
import { trainedSizes } from '../model/trained-model.js';
import { NO_SAMPLING, samplingFootprint } from '../rollout/footprint.js';
import { learningFootprint, passFootprint } from '../update/footprint.js';
import { availableMemory } from './available-memory.js';

/** Bytes. */
export interface MemoryPlan {
  /** A reference model's as well. */
  weights: number;
  gradients: number;
  optimizer: number;
  /** Node, ONNX Runtime, the tokenizer, and what decoding leaves behind in its arena, its copy of the weights among it. */
  runtime: number;
  /** The keys and values of all trajectories that are written at once. */
  cache: number;
  /** Activations of the largest batch, in one graph or layer by layer. They stay in the arena. */
  pass: number;
  total: number;
  available: number;
  /** How batches are cut: as the specification has it, or smaller so that a pass fits in one graph, which spares computing anything twice. */
  passes: Passes;
}

/** Measured with SmolLM2's tokenizer and no model. */
const PROCESS_BYTES = 320 * 2 ** 20;

/** @param longestPrompt tokens; 0 for a supervised run */
export async function planMemory(job: TrainJob, longestPrompt: number): Promise<MemoryPlan> {
  const { spec } = job;
  const policy = await trainedSizes(job);
  const reference = hasReference(spec) ? await referenceSizes(job) : null;
  const { weights: own, trained } = modelFootprint(policy);
  const { gradients, optimizer } = learningFootprint(trained);
  const { cache, decoding, frozen } = isSupervised(spec) ? NO_SAMPLING : samplingFootprint(policy, spec, longestPrompt);
  const weights = own + (reference?.isShared === false ? modelFootprint(reference.model).weights : 0);
  const runtime = PROCESS_BYTES + decoding + frozen;
  const resident = weights + gradients + optimizer + runtime + cache;
  const available = availableMemory(job.memory_bytes);
  const models = { policy, reference: reference && reference.model };
  const { bytes: pass, passes } = passFootprint(models, spec, longestPrompt, Math.max(0, available - resident));
  const total = resident + Math.max(pass, 2 * frozen - gradients - cache);
  return { weights, gradients, optimizer, runtime, cache, pass, total, available, passes };
}

/** @throws {TrainerFailure} insufficient_memory, with both numbers and what may be lowered */
export function refuseWhatDoesNotFit({ total, available }: MemoryPlan, spec: ResolvedRunSpec): void {
  refuseMoreThan(available, total, spec);
}

/** Refuses a run that needs more bytes than there are. */
export function refuseMoreThan(available: number, needed: number, spec: ResolvedRunSpec): void {
  if (needed <= available) return;
  const numbers = `The run needs about ${sizeText(needed)} of memory, this worker has ${sizeText(available)}`;
  throw new TrainerFailure('insufficient_memory', `${numbers}: ${remedy(spec)}`);
}

function remedy(spec: ResolvedRunSpec): string {
  const rows = isSupervised(spec)
    ? 'training.max_length'
    : isExternal(spec)
      ? 'rollout.group_size, rollout.max_prompt_tokens and rollout.max_response_tokens'
      : 'rollout.group_size and rollout.max_response_tokens';
  const whole = spec.training.adapter ? '' : 'train an adapter (training.adapter), ';
  return `${whole}lower training.max_batch_tokens or ${rows}, or take a smaller model`;
}

function sizeText(bytes: number): string {
  const [unit, name] = bytes < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}
