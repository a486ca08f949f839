/** What learning takes in memory, and how batches are cut so that a pass over one fits: from the specification and the sizes of the models alone. */
import {
  MAX_PASS_BYTES,
  packTrees,
  PassMemory,
  type AdaptedModel,
  type Objective,
  type TreeBatch,
} from '../../engine/index.js';
import { isSupervised, type ResolvedRunSpec } from '../../spec/run-spec.js';
import { objectiveOf } from '../algorithms/index.js';
import type { Passes } from '../model/checkpoint.js';

/** Bytes of the gradients of a pass and those of the one before, which the garbage collector may not have taken yet, and of AdamW's two moments. */
export function learningFootprint(trained: number): { gradients: number; optimizer: number } {
  return { gradients: 2 * trained, optimizer: 2 * trained };
}

/** Bytes of the largest pass, and how batches are cut. */
export interface PassFootprint {
  bytes: number;
  passes: Passes;
}

/** What a run learns with. */
export interface LearningModels {
  policy: AdaptedModel;
  /** null: none is asked. */
  reference: AdaptedModel | null;
}

/**
 * As many rows of full length as one graph can take, or layer by layer where that is not even one. A row or a group's tree is never cut: the largest
 * counts, layer by layer if need be. Rows of very different lengths in one batch can take more, padded as they are to the longest.
 * @param longestPrompt tokens; a supervised run has none
 * @param free bytes that are left for passes
 */
export function passFootprint(
  { policy, reference }: LearningModels,
  spec: ResolvedRunSpec,
  longestPrompt: number,
  free: number,
): PassFootprint {
  const objective = objectiveOf(spec);
  const limit = Math.min(MAX_PASS_BYTES, free / (reference ? 2 : 1));
  const { maxPositions } = policy.config;
  const wanted = isSupervised(spec) ? spec.training.max_length : longestPrompt + spec.rollout.max_response_tokens;
  const length = Math.min(wanted, maxPositions);
  const most = Math.max(1, Math.floor(spec.training.max_batch_tokens / length));
  const memory = new PassMemory(policy);
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
    const { group_size: group, max_response_tokens, source } = spec.rollout;
    const response = Math.min(max_response_tokens, maxPositions);
    // The prompts of agents need not have anything in common.
    const [shared, own] = source === 'external' ? [1, longestPrompt + max_response_tokens] : [longestPrompt, response];
    const asTree = passBytes(of, learnt, (n) => treeBatch(shared, n, own));
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
