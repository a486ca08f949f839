/** Which way of cutting forward and backward into graphs fits in memory: a function of model and batch alone, so that a resumed run chooses the same. */
import type { DecoderConfig } from '../models/config.js';
import type { TreeBatch } from '../packing/tree-batch.js';

export type Execution = 'whole' | 'blockwise';

/** Activations of a whole pass above which it runs layer by layer. */
const MOST_BYTES = 4 * 2 ** 30;

/** float32 tensors of each size that are alive together in a whole pass, counted generously. */
const ALIVE = { width: 24, ffn: 8, scores: 4, keys: 4, logits: 6 } as const;

/** Bytes that the activations of a whole forward and backward pass take at most, about. */
export function wholePassBytes(config: DecoderConfig, batch: TreeBatch): number {
  const { tokens: T, targets: P, tiles: N, queryLength: L, keyLength: K } = batch;
  const { heads, kvHeads, headDim, hiddenSize, ffnSize, vocabSize, layers } = config;
  const width = Math.max(hiddenSize, heads * headDim);
  const perLayer =
    T * (ALIVE.width * width + ALIVE.ffn * ffnSize) +
    ALIVE.scores * N * heads * L * K +
    ALIVE.keys * N * K * kvHeads * headDim;
  return 4 * (layers * perLayer + ALIVE.logits * P * vocabSize);
}

export function chooseExecution(config: DecoderConfig, batch: TreeBatch): Execution {
  return wholePassBytes(config, batch) <= MOST_BYTES ? 'whole' : 'blockwise';
}
