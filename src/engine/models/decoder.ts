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

export interface Decoder {
  /** Hidden states [T, W] before the final norm. */
  hidden: Node;
  /** Rows of the embedding table [T, W]: the gradient of the table is taken here and added up on the host. */
  embedded: Node;
  /** Logits [R, V] of hidden states [R, W]. */
  logits(hidden_RW: Node): Node;
}

/** One Input node per parameter, under its Hugging Face name. */
export function parameterInputs(config: DecoderConfig): Map<string, Node> {
  return new Map([...parameterShapes(config)].map(([name, shape]) => [name, Input(name, shape)]));
}

/** `ids` int32 [T]; `cos` and `sin` [T, 1, D]. */
export function decoder(
  config: DecoderConfig,
  parameters: ReadonlyMap<string, Node>,
  { ids, cos, sin }: { ids: Node; cos: Node; sin: Node },
  attend: Attend,
): Decoder {
  const { heads: H, kvHeads: J, headDim: D, rmsNormEps } = config;
  const T = ids.shape[0]!;
  const parameter = (name: string): Node => {
    const node = parameters.get(name);
    if (!node) throw new TypeError(`parameter ${name} is missing`);
    return node;
  };

  const table = parameter('model.embed_tokens.weight');
  const embedded = GatherRows(table, ids, { kind: 'none' });
  let x: Node = embedded;
  for (let layer = 0; layer < config.layers; layer++) {
    const weight = (name: string) => parameter(`model.layers.${layer}.${name}`);
    const project = (name: 'q' | 'k' | 'v', input: Node) =>
      linear(
        input,
        weight(`self_attn.${name}_proj.weight`),
        config.qkvBias ? weight(`self_attn.${name}_proj.bias`) : undefined,
      );
    const rotated = (name: 'q' | 'k', input: Node, count: number): Node => {
      const perHead = Reshape(project(name, input), [T, count, D]);
      const normed = config.qkNorm ? rmsNorm(perHead, weight(`self_attn.${name}_norm.weight`), rmsNormEps) : perHead;
      return Reshape(Rope(normed, cos, sin), [T, times(count, D)]);
    };
    const input = rmsNorm(x, weight('input_layernorm.weight'), rmsNormEps);
    const attended = attend(layer, rotated('q', input, H), rotated('k', input, J), project('v', input));
    x = Add(x, linear(attended, weight('self_attn.o_proj.weight')));
    const gate = weight('mlp.gate_proj.weight');
    const up = weight('mlp.up_proj.weight');
    const down = weight('mlp.down_proj.weight');
    x = Add(x, swiglu(rmsNorm(x, weight('post_attention_layernorm.weight'), rmsNormEps), { gate, up, down }));
  }

  const head = config.tieEmbeddings ? table : parameter('lm_head.weight');
  const norm = parameter('model.norm.weight');
  return { hidden: x, embedded, logits: (hidden_RW) => linear(rmsNorm(hidden_RW, norm, rmsNormEps), head) };
}

/** Inputs that every decoder graph takes: token ids of the given shape, and rotary tables for their number. */
export function tokenInputs(config: DecoderConfig, idsShape: Dim[]): { ids: Node; cos: Node; sin: Node } {
  const T = times(...idsShape);
  const ids = Input('ids', idsShape, 'int32');
  return {
    ids: Reshape(ids, [T]),
    cos: Input('cos', [T, 1, config.headDim]),
    sin: Input('sin', [T, 1, config.headDim]),
  };
}
