/**
 * The decoder as programs that generate text expect it: the inputs and outputs of Hugging Face's ONNX exports, with mask, positions and rotary
 * tables inside the graph. Holds no weights.
 */
import type { DType, Node } from '../graph/node.js';
import {
  Cast,
  Concat,
  Constant,
  Expand,
  GatherRows,
  Input,
  Iota,
  LessOrEqual,
  Mul,
  Neg,
  Reshape,
  Sub,
  Where,
} from '../graph/ops.js';
import { plus, times } from '../graph/shape.js';
import { byHead, groupedAttention, groupSize, UNSEEN } from '../nn/attention.js';
import { parameterShapes, type DecoderConfig } from '../models/config.js';
import { decoder, type Attend, type RopeInputs } from '../models/decoder.js';

/** float16: matrices, the products with them and the cache are in half precision; norms, softmax and sums are not. */
export type ExportDtype = 'float32' | 'float16';

/** Rotary tables [maxPositions, D / 2] for every position that the model can take. */
export const ROPE_TABLES = { cos: 'rope.cos', sin: 'rope.sin' } as const;

// transformers.js makes its first, empty cache of size `batch_size` by this name, and 0 in place of any other.
const B = 'batch_size';
const L = 'sequence_length';
const P = 'past_sequence_length';
const K = plus(P, L);

/** Whether a parameter is a matrix, and so kept in half precision in a float16 export. */
export function isMatrix(shape: readonly unknown[]): boolean {
  return shape.length === 2;
}

/**
 * Inputs `input_ids` and `position_ids` int64 [B, L], `attention_mask` int64 [B, P + L] (0 where a key is padding), `past_key_values.i.key` and `.value` [B, J, P, D];
 * outputs `logits` float32 [B, L, V], `present.i.key` and `.value` [B, J, P + L, D]. Weights and rotary tables are inputs by their names: the exporter stores them.
 */
export function generationGraph(config: DecoderConfig, dtype: ExportDtype): Record<string, Node> {
  const { layers, kvHeads: J, headDim: D } = config;
  const stored: DType = dtype === 'float16' ? 'half' : 'float';
  const parameters = new Map(
    [...parameterShapes(config)].map(([name, shape]) => [name, Input(name, shape, isMatrix(shape) ? stored : 'float')]),
  );
  const tokens = (name: string) => Reshape(Cast(Input(name, [B, L], 'int64'), 'int32'), [times(B, L)]);
  const bias = attentionBias(groupSize(config));
  const caches: Record<string, Node> = {};
  const attend: Attend = (layer, q, k, v) => {
    const extended = (part: 'key' | 'value', fresh: Node) => {
      const past = Input(`past_key_values.${layer}.${part}`, [B, J, P, D], stored);
      const split = byHead(Reshape(fresh, [B, L, J * D]), config);
      return (caches[`present.${layer}.${part}`] = Concat([past, Cast(split, stored)], 2));
    };
    const queries = Reshape(q, [B, L, config.heads * D]);
    return groupedAttention(queries, extended('key', k), extended('value', v), bias, config);
  };
  const inputs = { ids: tokens('input_ids'), ...ropeAt(tokens('position_ids'), config) };
  const { hidden, logits } = decoder(config, parameters, inputs, attend);
  const ordered = Array.from({ length: layers }, (_, i) => [`present.${i}.key`, `present.${i}.value`]).flat();
  return {
    logits: Reshape(logits(hidden), [B, L, config.vocabSize]),
    ...Object.fromEntries(ordered.map((name) => [name, caches[name]!])),
  };
}

/** A query sees the keys that are no padding and do not come after it: [B, 1, G·L, K]. */
function attentionBias(G: number): Node {
  const isToken = Cast(Input('attention_mask', [B, K], 'int64'), 'float');
  const padding = Reshape(Mul(Sub(Constant(1), isToken), Constant(UNSEEN)), [B, 1, 1, 1, K]);
  const isEarlier = LessOrEqual(Iota(K), Reshape(Iota(L, P), [L, 1]));
  const bias = Where(isEarlier, padding, Constant(UNSEEN));
  return Reshape(Expand(bias, [B, 1, G, L, K]), [B, 1, times(G, L), K]);
}

/** Rows of the tables in the form that `Rope` takes. */
function ropeAt(positions_T: Node, { maxPositions, headDim }: DecoderConfig): RopeInputs {
  const half = headDim / 2;
  const rows = (table: string) => {
    const gathered = GatherRows(Input(table, [maxPositions, half]), positions_T, { kind: 'none' });
    return Reshape(gathered, [positions_T.shape[0]!, 1, half]);
  };
  const cos = rows(ROPE_TABLES.cos);
  const sin = rows(ROPE_TABLES.sin);
  return { cos: Concat([cos, cos], 2), sin: Concat([Neg(sin), sin], 2) };
}
