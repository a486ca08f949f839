/** What a decode step takes in memory beside weights and cache, from the sizes of its graph's tensors. */
import { groupSize } from '../nn/attention.js';
import { peakBytes } from '../device/footprint.js';
import { adapterShapes, type AdaptedModel } from './adapter.js';
import { parameterShapes } from './config.js';
import { parameterBytes } from './parameters.js';
import { decodingGraph } from './decoding-graph.js';

/** Bytes of feeding `tokens` to each of `rows` behind `cached` ones: the attention bias, which is fed, and the activations. The most is where rows have nothing in common, and the graph would read it once. */
export function decodingBytes(
  model: AdaptedModel,
  { rows, tokens, cached }: { rows: number; tokens: number; cached: number },
): number {
  const bias = 4 * rows * groupSize(model.config) * tokens * (cached + tokens);
  const graph = decodingGraph(model, { writing: 'by the host', sharing: true });
  return bias + peakBytes(graph, { B: rows, L: tokens, P: cached, S: 0, N: 1, R: rows, C: 1 });
}

/** Weights that are built into a graph pass through one message, and their copies must not crowd out what else a run needs. */
const MAX_FROZEN_BYTES = 2 ** 30;

/** Bytes of the weights that decoding holds a second time while they are frozen; 0 for a model too large for that. While they are built in they are held twice more. */
export function frozenBytes({ config, adapter }: AdaptedModel): number {
  const own = parameterBytes(parameterShapes(config));
  const bytes = adapter ? own + parameterBytes(adapterShapes(config, adapter)) : own;
  return bytes <= MAX_FROZEN_BYTES ? bytes : 0;
}
