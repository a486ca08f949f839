/** What a run will hold in memory, from its specification and its model's sizes alone, and whether that fits. Loads no weights. */
import { readModelConfig } from '../engine/io/model-directory.js';
import { adapterShapes, type AdaptedModel } from '../engine/models/adapter.js';
import { parameterShapes } from '../engine/models/config.js';
import { decodingGraph } from '../engine/models/decoding-graph.js';
import { peakBytes } from '../engine/onnx/footprint.js';
import { KeyValueStore, packTrees, type TreeBatch } from '../engine/policy.js';
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
  /** Activations of the largest batch. */
  pass: number;
  /** Unique tokens per pass: as the specification has it, or fewer so that a pass fits in one graph, which spares computing anything twice. */
  batchTokens: number;
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
  const [gradients, optimizer, runtime] = [2 * trained, 2 * trained, PROCESS_BYTES + decoding];
  const standing = weights + gradients + optimizer + runtime;
  const available = availableMemory(memory_bytes);
  const passLimit = Math.min(MOST_PASS_BYTES, Math.max(0, available - standing));
  const { pass, batchTokens } = planPasses(new PassMemory(model), spec, passLimit);
  const total = standing + Math.max(cache, pass);
  return { weights, gradients, optimizer, runtime, cache, pass, batchTokens, total, available, passLimit };
}

/**
 * As many rows of full length as one graph can take, or layer by layer where that is not even one. A row or a group's tree is never cut: the largest
 * counts, layer by layer if need be.
 */
function planPasses(memory: PassMemory, spec: ResolvedRunSpec, limit: number): { pass: number; batchTokens: number } {
  const kind = spec.method === 'sft' ? 'sft' : 'policy';
  const row = spec.method === 'sft' ? spec.training.max_length : spec.rollout.max_response_tokens;
  const most = Math.max(1, Math.floor(spec.training.max_batch_tokens / row));
  const whole = (rows: number) => memory.whole(rowsBatch(rows, row), kind);
  const blockwise = (rows: number) => memory.blockwise(rowsBatch(rows, row), kind);
  const inOne = mostRowsWithin(whole, limit, most);
  const rows = inOne > 0 ? inOne : Math.max(1, mostRowsWithin(blockwise, limit, most));
  const unit = spec.method === 'sft' ? rowsBatch(1, row) : largestTree(spec);
  const asOne = memory.whole(unit, kind);
  const largest = asOne <= limit ? asOne : memory.blockwise(unit, kind);
  const pass = Math.max(inOne > 0 ? whole(rows) : blockwise(rows), largest);
  return { pass, batchTokens: inOne === most ? spec.training.max_batch_tokens : rows * row };
}

/** The largest number of rows up to `most` whose bytes are within the limit: bytes grow in proportion, but for what does not depend on rows. */
function mostRowsWithin(bytes: (rows: number) => number, limit: number, most: number): number {
  const [one, two] = [bytes(1), bytes(2)];
  if (one > limit) return 0;
  return Math.max(1, Math.min(most, 1 + Math.floor((limit - one) / Math.max(1, two - one))));
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

function rowsBatch(rows: number, length: number): TreeBatch {
  const segments = [root, branch(Math.max(1, length - 1))];
  return packTrees(Array.from({ length: rows }, () => ({ segments })));
}

/** A group whose responses share nothing, each as long as it may be. */
function largestTree({ rollout }: PolicyRunSpec): TreeBatch {
  const responses = Array.from({ length: rollout.group_size }, () => branch(rollout.max_response_tokens));
  return packTrees([{ segments: [root, ...responses] }]);
}

const root = { parent: null, tokens: new Int32Array(1), train: false };
const branch = (tokens: number) => ({ parent: 0, tokens: new Int32Array(tokens), train: true });

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
