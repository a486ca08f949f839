/** What a decode step takes in memory beside weights and cache, from the sizes of its graph's tensors. */
import { groupSize } from '../nn/attention.js';
import { peakBytes } from '../device/footprint.js';
import type { AdaptedModel } from './adapter.js';
import { decodingGraph } from './decoding-graph.js';

/** Bytes of feeding `tokens` to each of `rows` behind `cached` ones: the attention bias, which is fed, and the activations. */
export function decodingBytes(
  model: AdaptedModel,
  { rows, tokens, cached }: { rows: number; tokens: number; cached: number },
): number {
  const bias = 4 * rows * groupSize(model.config) * tokens * (cached + tokens);
  return bias + peakBytes(decodingGraph(model), { B: rows, L: tokens, P: cached, S: 0 });
}
