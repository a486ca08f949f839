/** What a run will hold in memory, from its specification and its model's sizes alone, and whether that fits. Loads no weights. */
import {
  adapterShapes,
  MAX_PASS_BYTES,
  packTrees,
  parameterShapes,
  PassMemory,
  readModelConfig,
  type AdaptedModel,
  type Objective,
  type TreeBatch,
} from '../../engine/index.js';
import { hasReference, objectiveOf } from '../algorithms/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import { isSupervised, type ResolvedRunSpec } from '../../spec/run-spec.js';
import { availableMemory } from './available-memory.js';
import type { Passes } from '../model/checkpoint.js';
import { TrainerFailure } from '../failure.js';
import { samplingFootprint } from '../rollout/footprint.js';
import { adapterConfig } from '../model/trained-model.js';

/** Bytes. */
export interface MemoryPlan {
  /** A reference model's as well. */
  weights: number;
  /** Those of a pass, and those of the one before, which the garbage collector may not have taken yet. */
  gradients: number;
  /** The two moments of AdamW. */
  optimizer: number;
  /** Node, ONNX Runtime, the tokenizer, and what decoding leaves behind in its arena. */
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

/** @param longestPrompt tokens; 0 while prompts have not been read, and for method sft */
export async function planMemory(job: TrainJob, longestPrompt = 0): Promise<MemoryPlan> {
  const { spec, model_directory, memory_bytes } = job;
  const config = await readModelConfig(model_directory);
  const adapter = spec.training.adapter && adapterConfig(spec.training.adapter);
  const model: AdaptedModel = { config, adapter };
  const policy = bytesOf(parameterShapes(config));
  const trained = adapter ? bytesOf(adapterShapes(config, adapter)) : policy;
  const reference = await referenceOf(job, model);
  const weights = policy + (adapter ? trained : 0) + (reference && !reference.shared ? reference.bytes : 0);
  const { cache, decoding } = isSupervised(spec) ? nothing : samplingFootprint(model, spec, longestPrompt);
  const [gradients, optimizer, runtime] = [2 * trained, 2 * trained, PROCESS_BYTES + decoding];
  const resident = weights + gradients + optimizer + runtime + cache;
  const available = availableMemory(memory_bytes);
  const limit = Math.min(MAX_PASS_BYTES, Math.max(0, available - resident) / (reference ? 2 : 1));
  const planned = planPasses(model, reference?.model ?? null, spec, longestPrompt, limit);
  const total = resident + planned.bytes;
  return {
    weights,
    gradients,
    optimizer,
    runtime,
    cache,
    pass: planned.bytes,
    total,
    available,
    passes: planned.passes,
  };
}

const nothing = { cache: 0, decoding: 0 };

/** The frozen model that is asked beside the policy; `shared`: the policy's own weights, without the adapter. */
async function referenceOf(
  { spec, model_directory, reference_directory }: TrainJob,
  policy: AdaptedModel,
): Promise<{ model: AdaptedModel; bytes: number; shared: boolean } | null> {
  if (!hasReference(spec)) return null;
  const config = await readModelConfig(reference_directory ?? model_directory);
  const shared = policy.adapter !== null && reference_directory === null;
  return { model: { config, adapter: null }, bytes: bytesOf(parameterShapes(config)), shared };
}

/**
 * As many rows of full length as one graph can take, or layer by layer where that is not even one. A row or a group's tree is never cut: the largest
 * counts, layer by layer if need be. Rows of very different lengths in one batch can take more, padded as they are to the longest.
 */
function planPasses(
  model: AdaptedModel,
  reference: AdaptedModel | null,
  spec: ResolvedRunSpec,
  longestPrompt: number,
  limit: number,
): { bytes: number; passes: Passes } {
  const objective = objectiveOf(spec);
  const { maxPositions } = model.config;
  const wanted = isSupervised(spec) ? spec.training.max_length : longestPrompt + spec.rollout.max_response_tokens;
  const length = Math.min(wanted, maxPositions);
  const most = Math.max(1, Math.floor(spec.training.max_batch_tokens / length));
  const memory = new PassMemory(model);
  const asRows = passBytes(memory, objective, (rows) => rowsBatch(rows, length));
  const inOne = mostWithin(asRows.whole, limit, most);
  const rows = inOne > 0 ? inOne : Math.max(1, mostWithin(asRows.blockwise, limit, most));
  const tokens = inOne === most ? spec.training.max_batch_tokens : rows * length;
  const largest = (of: PassMemory, learnt: Objective | null) => {
    const rowsTake = asRun(
      passBytes(of, learnt, (n) => rowsBatch(n, length)),
      rows,
      limit,
    );
    if (isSupervised(spec)) {
      // A pair is a tree of two answers that may share little.
      const asPair = passBytes(of, learnt, (n) => treeBatch(1, n, length));
      return reference ? Math.max(rowsTake, asRun(asPair, 2, limit)) : rowsTake;
    }
    const { group_size: group, max_response_tokens } = spec.rollout;
    const response = Math.min(max_response_tokens, maxPositions);
    const asTree = passBytes(of, learnt, (n) => treeBatch(longestPrompt, n, response));
    return Math.max(rowsTake, asRun(asTree, group, limit));
  };
  const bytes = largest(memory, objective) + (reference ? largest(new PassMemory(reference), null) : 0);
  return { bytes, passes: { tokens, bytes: limit } };
}

/** Bytes as a function of the number of rows, or of a tree's responses. */
type Growth = (count: number) => number;

/** Reckoned from one and two: what a pass takes grows in proportion, but for what does not depend on their number. */
function passBytes(
  memory: PassMemory,
  objective: Objective | null,
  batchOf: (count: number) => TreeBatch,
): { whole: Growth; blockwise: Growth } {
  const [one, two] = [batchOf(1), batchOf(2)];
  const line = (first: number, second: number): Growth => {
    const slope = Math.max(1, second - first);
    return (count) => first + (count - 1) * slope;
  };
  return {
    whole: line(memory.whole(one, objective), memory.whole(two, objective)),
    blockwise: line(memory.blockwise(one, objective), memory.blockwise(two, objective)),
  };
}

/** In one graph where that is within the limit. */
function asRun({ whole, blockwise }: { whole: Growth; blockwise: Growth }, count: number, limit: number): number {
  return whole(count) <= limit ? whole(count) : blockwise(count);
}

/** The largest number up to `most` whose bytes are within the limit; 0 where not even one is. */
function mostWithin(bytes: Growth, limit: number, most: number): number {
  if (bytes(1) > limit) return 0;
  return Math.min(most, 1 + Math.floor((limit - bytes(1)) / (bytes(2) - bytes(1))));
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

function rowsBatch(rows: number, length: number): TreeBatch {
  const segments = [root(1), branch(Math.max(1, length - 1))];
  return packTrees(Array.from({ length: rows }, () => ({ segments })));
}

/** A group whose responses share nothing but the prompt. */
function treeBatch(prompt: number, responses: number, length: number): TreeBatch {
  const branches = Array.from({ length: responses }, () => branch(length));
  return packTrees([{ segments: [root(Math.max(1, prompt)), ...branches] }]);
}

const root = (tokens: number) => ({ parent: null, tokens: new Int32Array(tokens), train: false });
const branch = (tokens: number) => ({ parent: 0, tokens: new Int32Array(tokens), train: true });

function bytesOf(shapes: ReadonlyMap<string, readonly number[]>): number {
  let sum = 0;
  for (const shape of shapes.values()) sum += Float32Array.BYTES_PER_ELEMENT * shape.reduce((a, b) => a * b, 1);
  return sum;
}

function remedy(spec: ResolvedRunSpec): string {
  const rows = isSupervised(spec) ? 'training.max_length' : 'rollout.group_size and rollout.max_response_tokens';
  const whole = spec.training.adapter ? '' : 'train an adapter (training.adapter), ';
  return `${whole}lower training.max_batch_tokens or ${rows}, or take a smaller model`;
}

function sizeText(bytes: number): string {
  const [unit, name] = bytes < 2 ** 30 ? [2 ** 20, 'MiB'] : [2 ** 30, 'GiB'];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}
