/**
 * The decoder-only transformer of Llama, Qwen2 and Qwen3 as a graph: families differ in data (`DecoderConfig`), not in code.
 * Where attention finds its keys is the caller's business, so that training over trees and decoding with a cache share everything else.
 */
import type { Node } from '../graph/node.js';
import { Add, GatherRows, Input, Reshape, Rope } from '../graph/ops.js';
import { times, type Dim } from '../graph/shape.js';
import { linear, rmsNorm, swiglu } from '../nn/layers.js';
import { parameterShapes, type DecoderConfig } from './config.js';

/** q [T, H·D], k and v [T, J·D], rotated already → [T, H·D]. */
export type Attend = (layer: number, q: Node, k: Node, v: Node) => Node;

/** A parameter by the part of its Hugging Face name that follows a prefix. */
export type ParameterLookup = (name: string) => Node;

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

/** One Input node per parameter, under its Hugging Face name. */
export function parameterInputs(config: DecoderConfig): Map<string, Node> {
  return new Map([...parameterShapes(config)].map(([name, shape]) => [name, Input(name, shape)]));
}

/** Looks parameters up under a prefix. Throws a TypeError that names one which is missing. */
export function lookup(parameters: ReadonlyMap<string, Node>, prefix = ''): ParameterLookup {
  return (name) => {
    const node = parameters.get(prefix + name);
    if (!node) throw new TypeError(`parameter ${prefix}${name} is missing`);
    return node;
  };
}

/** Attention and feed-forward with their norms and residuals: x [T, W] → [T, W]. */
export function decoderLayer(
  config: DecoderConfig,
  weight: ParameterLookup,
  x: Node,
  { cos, sin }: RopeInputs,
  attend: (q: Node, k: Node, v: Node) => Node,
): Node {
  const { headDim: D, rmsNormEps } = config;
  const T = x.shape[0]!;
  const project = (name: 'q' | 'k' | 'v', input: Node) =>
    linear(
      input,
      weight(`self_attn.${name}_proj.weight`),
      config.qkvBias ? weight(`self_attn.${name}_proj.bias`) : undefined,
    );
  const rotated = (name: 'q' | 'k', input: Node, heads: number): Node => {
    const perHead = Reshape(project(name, input), [T, heads, D]);
    const normed = config.qkNorm ? rmsNorm(perHead, weight(`self_attn.${name}_norm.weight`), rmsNormEps) : perHead;
    return Reshape(Rope(normed, cos, sin), [T, times(heads, D)]);
  };
  const input = rmsNorm(x, weight('input_layernorm.weight'), rmsNormEps);
  const attended = attend(rotated('q', input, config.heads), rotated('k', input, config.kvHeads), project('v', input));
  const middle = Add(x, linear(attended, weight('self_attn.o_proj.weight')));
  const feedForward = swiglu(rmsNorm(middle, weight('post_attention_layernorm.weight'), rmsNormEps), {
    gate: weight('mlp.gate_proj.weight'),
    up: weight('mlp.up_proj.weight'),
    down: weight('mlp.down_proj.weight'),
  });
  return Add(middle, feedForward);
}

/** Logits [R, V] of hidden states [R, W]. */
export function logitsOf(config: DecoderConfig, parameter: ParameterLookup, hidden_RW: Node): Node {
  return linear(rmsNorm(hidden_RW, parameter(FINAL_NORM), config.rmsNormEps), parameter(headName(config)));
}

export interface Decoder {
  /** Hidden states [T, W] before the final norm. */
  hidden: Node;
  /** Rows of the embedding table [T, W]: the gradient of the table is taken here and added up on the host. */
  embedded: Node;
  readonly logits: (hidden_RW: Node) => Node;
}

/** The whole model over token ids int32 [T]. */
export function decoder(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Node>,
  { ids, ...rope }: { ids: Node } & RopeInputs,
  attend: Attend,
): Decoder {
  const parameter = lookup(parameters);
  const embedded = GatherRows(parameter(EMBEDDINGS), ids, { kind: 'none' });
  let x: Node = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    x = decoderLayer(config, lookup(parameters, layerPrefix(layer)), x, rope, (q, k, v) => attend(layer, q, k, v));
  }
  return { hidden: x, embedded, logits: (hidden_RW) => logitsOf(config, parameter, hidden_RW) };
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
