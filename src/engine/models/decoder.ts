/**
 * The decoder-only transformer of Llama, Qwen2 and Qwen3 as a graph: families differ in data (`DecoderConfig`), not in code.
 * Where attention finds its keys is the caller's business, so that training over trees and decoding with a cache share everything else.
 */
import type { Adjoint, Node } from '../graph/node.js';
import { Add, Cast, GatherRows, Input, Reshape, RmsNorm, Rope } from '../graph/ops.js';
import { times, type Dim } from '../graph/shape.js';
import { linear, swiglu } from '../nn/layers.js';
import { adapterShapes, type AdapterConfig } from './adapter.js';
import { parameterShapes, type DecoderConfig } from './config.js';
import { weightsOf, type Weights } from './weights.js';

/** q [T, H·D], k and v [T, J·D], rotated already → [T, H·D]. */
export type Attend = (layer: number, q: Node, k: Node, v: Node) => Node;

/** Cosines and signed sines [T, 1, D]. */
export interface RopeInputs {
  cos: Node;
  sin: Node;
}

export const EMBEDDINGS = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';

/** Name of the parameter [V, W] that turns hidden states into logits. */
export function headName(config: DecoderConfig): string {
  return config.tieEmbeddings ? EMBEDDINGS : 'lm_head.weight';
}

export function layerPrefix(layer: number): string {
  return `model.layers.${layer}.`;
}

/** One Input node per parameter, under its Hugging Face name; those of an adapter as well. */
export function parameterInputs(config: DecoderConfig, adapter: AdapterConfig | null): Map<string, Node> {
  const shapes = [...parameterShapes(config), ...(adapter ? adapterShapes(config, adapter) : [])];
  return new Map(shapes.map(([name, shape]) => [name, Input(name, shape)]));
}

/** Attention and feed-forward with their norms and residuals: x [T, W] → [T, W]. */
export function decoderLayer(
  config: DecoderConfig,
  weights: Weights,
  x: Node,
  { cos, sin }: RopeInputs,
  attend: (q: Node, k: Node, v: Node) => Node,
): Node {
  const { headDim: D, rmsNormEps } = config;
  const T = x.shape[0]!;
  const normed = (input: Node, norm: string) => RmsNorm(input, weights.parameter(`${norm}.weight`), rmsNormEps);
  const rotated = (name: 'q' | 'k', input: Node, heads: number): Node => {
    const perHead = Reshape(weights.linear(input, `self_attn.${name}_proj`), [T, heads, D]);
    const scaled = config.qkNorm ? normed(perHead, `self_attn.${name}_norm`) : perHead;
    return Reshape(Rope(scaled, cos, sin), [T, times(heads, D)]);
  };
  const input = normed(x, 'input_layernorm');
  const value = weights.linear(input, 'self_attn.v_proj');
  const attended = attend(rotated('q', input, config.heads), rotated('k', input, config.kvHeads), value);
  const middle = Add(x, weights.linear(attended, 'self_attn.o_proj'));
  return Add(middle, swiglu(normed(middle, 'post_attention_layernorm'), weights));
}

/** Logits [R, V] of hidden states [R, W]. */
export function logitsOf(config: DecoderConfig, weights: Weights, hidden_RW: Node): Node {
  const normed = RmsNorm(hidden_RW, weights.parameter(FINAL_NORM), config.rmsNormEps);
  return linear(normed, weights.parameter(headName(config)));
}

export interface Decoder {
  /** Hidden states [T, W] before the final norm. */
  hidden: Node;
  /** Rows of the embedding table [T, W]. */
  embedded: Node;
  readonly logits: (hidden_RW: Node) => Node;
}

/**
 * The whole model over token ids int32 [T].
 * @param embeddingAdjoint by default the gradient of the embedded rows is taken, and added up to the table's on the host
 */
export function decoder(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Node>,
  { ids, ...rope }: { ids: Node } & RopeInputs,
  attend: Attend,
  adapter: AdapterConfig | null = null,
  embeddingAdjoint: Adjoint = { kind: 'none' },
): Decoder {
  const weights = weightsOf(parameters);
  const embedded = Cast(GatherRows(weights.parameter(EMBEDDINGS), ids, embeddingAdjoint), 'float');
  let x: Node = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const own = weightsOf(parameters, layerPrefix(layer), adapter);
    x = decoderLayer(config, own, x, rope, (q, k, v) => attend(layer, q, k, v));
  }
  return { hidden: x, embedded, logits: (hidden_RW) => logitsOf(config, weights, hidden_RW) };
}

/** Inputs of the rotary tables for T tokens. */
export function ropeInputs(config: DecoderConfig, T: Dim): RopeInputs {
  return { cos: Input('cos', [T, 1, config.headDim]), sin: Input('sin', [T, 1, config.headDim]) };
}

/** Inputs that a whole model takes: token ids of the given shape, flattened, and rotary tables for their number. */
export function tokenInputs(config: DecoderConfig, idsShape: Dim[]): { ids: Node } & RopeInputs {
  const T = times(...idsShape);
  return { ids: Reshape(Input('ids', idsShape, 'int32'), [T]), ...ropeInputs(config, T) };
}
