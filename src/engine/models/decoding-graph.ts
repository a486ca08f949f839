/** Builds the graph that feeds rows new tokens after their cached prefixes. Who writes the new keys and values into the store is chosen: the host, or the graph. */
import type { Node } from '../graph/node.js';
import { Concat, GatherRows, Input, Reshape } from '../graph/ops.js';
import { plus, times } from '../graph/shape.js';
import { blockAttention, groupSize } from '../nn/attention.js';
import { withoutDropout, type AdaptedModel } from './adapter.js';
import { decoder, parameterInputs, tokenInputs, type Attend } from './decoder.js';

/**
 * B rows of L new tokens (padded) after P cached ones (padded), S slots in the store. Inputs `ids` [B, L], `prefix_slots` [B, P], `bias` [B, 1, G·L, P + L],
 * `last` [B] and the store's `keys.i`, `values.i` [S, J·D]; outputs `logits` [B, V], `new_keys.i` and `new_values.i` [B·L, J·D].
 *
 * `in the graph`: these two are stores of S2 slots [S2, J·D], and input `written_rows` [S2] says for each slot which row it has of the store before it with the new
 * tokens' behind it.
 */
export function decodingGraph(
  { config, adapter: trained }: AdaptedModel,
  writing: 'by the host' | 'in the graph' = 'by the host',
): Record<string, Node> {
  const adapter = withoutDropout(trained);
  const width = config.kvHeads * config.headDim;
  const tokens = tokenInputs(config, ['B', 'L']);
  const rows = times('B', 'L');
  const prefixSlots = Input('prefix_slots', ['B', 'P'], 'int32');
  const bias = Input('bias', ['B', 1, times(groupSize(config), 'L'), plus('L', 'P')]);
  const outputs: Record<string, Node> = {};
  const writtenRows = Input('written_rows', ['S2'], 'int32');
  const written = (store: Node, fresh: Node) => GatherRows(Concat([store, fresh], 0), writtenRows, { kind: 'none' });
  const attend: Attend = (layer, q, k, v) => {
    const withPrefix = (name: 'keys' | 'values', fresh: Node) => {
      const store = Input(`${name}.${layer}`, ['S', width]);
      outputs[`new_${name}.${layer}`] = writing === 'by the host' ? fresh : written(store, fresh);
      const cached = GatherRows(store, prefixSlots, { kind: 'none' });
      return Concat([cached, Reshape(fresh, ['B', 'L', width])], 1);
    };
    const queries = Reshape(q, ['B', 'L', config.heads * config.headDim]);
    const out = blockAttention(queries, withPrefix('keys', k), withPrefix('values', v), bias, config);
    return Reshape(out, [rows, config.heads * config.headDim]);
  };
  const { hidden, logits } = decoder(config, parameterInputs(config, adapter), tokens, attend, adapter);
  const last = GatherRows(hidden, Input('last', ['B'], 'int32'), { kind: 'none' });
  return { logits: logits(last), ...outputs };
}
