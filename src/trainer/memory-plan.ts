/** What a run will hold in memory, from its specification and its model's sizes alone, and whether that fits. Loads no weights. */
import { readModelConfig } from '../engine/io/model-directory.js';
import { adapterShapes, type AdaptedModel } from '../engine/models/adapter.js';
import { parameterShapes } from '../engine/models/config.js';
import { decodingGraph } from '../engine/models/decoding-graph.js';
import { peakBytes } from '../engine/onnx/footprint.js';
import { KeyValueStore, packTrees, type TreeBatch, type TreeInput } from '../engine/policy.js';
import { MOST_PASS_BYTES } from '../engine/training/choose-pass.js';
import { PassMemory } from '../engine/training/pass-memory.js';
import type { TrainJob } from '../protocol/messages.js';
import type { PolicyRunSpec, ResolvedRunSpec } from '../spec/run-spec.js';
import { availableMemory } from './available-memory.js';
import { TrainerFailure } from './failure.js';
import { MOST_CACHE_BYTES, MOST_ROWS } from './questions.js';
import { adapterConfig } from './trained-model.js';

/** Bytes. */
export interface MemoryPlan {
  weights: number;
  /** Those of a pass, and those of the one before, which the garbage collector may not have taken yet. */
  gradients: number;
  /** The two moments of AdamW. */
  optimizer: number;
  /** Node, ONNX Runtime, the tokenizer, and what decoding leaves behind in its arena. */
  runtime: number;
  /** The keys and values of all trajectories that are written at once. */
  cache: number;
  /** Activations of the largest batch that the specification allows, layer by layer. */
  pass: number;
  /** Cache and passes take turns. */
  total: number;
  available: number;
  /** What is left for activations: a batch that takes more in one graph runs layer by layer. */
  passLimit: number;
}

/** Measured with SmolLM2's tokenizer and no model. */
const PROCESS_BYTES = 320 * 2 ** 20;

export async function planMemory({ spec, model_directory, memory_bytes }: TrainJob): Promise<MemoryPlan> {
  const config = await readModelConfig(model_directory);
  const adapter = spec.training.adapter && adapterConfig(spec.training.adapter);
  const model: AdaptedModel = { config, adapter };
  const policy = bytesOf(parameterShapes(config));
  const trained = adapter ? bytesOf(adapterShapes(config, adapter)) : policy;
  const hasReference = spec.method !== 'sft' && spec.training.kl_coefficient > 0 && !(adapter && sharesReference(spec));
  const weights = policy + (adapter ? trained : 0) + (hasReference ? policy : 0);
  const { cache, decoding } = spec.method === 'sft' ? { cache: 0, decoding: 0 } : sampling(model, spec);
  const kind = spec.method === 'sft' ? 'sft' : 'policy';
  const pass = new PassMemory(model).blockwise(largestBatch(spec), kind);
  const [gradients, optimizer, runtime] = [2 * trained, 2 * trained, PROCESS_BYTES + decoding];
  const standing = weights + gradients + optimizer + runtime;
  const available = availableMemory(memory_bytes);
  return {
    weights,
    gradients,
    optimizer,
    runtime,
    cache,
    pass,
    total: standing + Math.max(cache, pass),
    available,
    passLimit: Math.min(MOST_PASS_BYTES, Math.max(0, available - standing)),
  };
}

/** @throws {TrainerFailure} insufficient_memory, with both numbers and what may be lowered */
export function refuseWhatDoesNotFit({ total, available }: MemoryPlan, spec: ResolvedRunSpec): void {
  refuseMoreThan(available, total, spec);
}

/** Refuses a run that needs more bytes than there are. */
export function refuseMoreThan(available: number, needed: number, spec: ResolvedRunSpec): void {
  if (needed <= available) return;
  const numbers = `The run needs about ${sizeText(needed)} of memory, this worker has ${sizeText(available)}`;
  throw new TrainerFailure('user', 'insufficient_memory', `${numbers}: ${remedy(spec)}`);
}

/** The starting policy, which an adapter leaves as it was. */
function sharesReference({ training }: PolicyRunSpec): boolean {
  return training.reference_model === null;
}

function sampling(model: AdaptedModel, { rollout, training }: PolicyRunSpec): { cache: number; decoding: number } {
  const trajectories = training.prompts_per_step * rollout.group_size;
  const tokens = trajectories * rollout.max_response_tokens;
  const sizes = { B: Math.min(MOST_ROWS, trajectories), L: 1, P: rollout.max_response_tokens, S: tokens };
  return {
    cache: Math.min(MOST_CACHE_BYTES, tokens * KeyValueStore.bytesPerSlot(model.config)),
    decoding: peakBytes(decodingGraph(model), sizes),
  };
}

/** Whole groups, or full rows, up to the limit of tokens, but one of them at least; prompts not counted. */
function largestBatch(spec: ResolvedRunSpec): TreeBatch {
  const { max_batch_tokens } = spec.training;
  const branch = (tokens: number) => ({ parent: 0, tokens: new Int32Array(tokens), train: true });
  const root = { parent: null, tokens: new Int32Array(1), train: false };
  const filled = (tree: TreeInput, tokens: number, most: number) =>
    packTrees(Array.from({ length: Math.max(1, Math.min(most, Math.floor(max_batch_tokens / tokens))) }, () => tree));
  if (spec.method === 'sft') {
    const { max_length, batch_size } = spec.training;
    return filled({ segments: [root, branch(Math.max(1, max_length - 1))] }, max_length, batch_size);
  }
  const { group_size, max_response_tokens } = spec.rollout;
  const branches = Array.from({ length: group_size }, () => branch(max_response_tokens));
  const tokens = group_size * max_response_tokens;
  return filled({ segments: [root, ...branches] }, tokens, spec.training.mini_batch_prompts);
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
