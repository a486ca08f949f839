/** Builds the graph that feeds rows new tokens after their cached prefixes. Who writes the new keys and values into the store is chosen: the host, or the graph. */
import type { Node } from '../graph/node.js';
import { Concat, GatherRows, Input, Reshape } from '../graph/ops.js';
import { plus, times } from '../graph/shape.js';
import { attentionOverCache, byHead, groupSize } from '../nn/attention.js';
import { withoutDropout, type AdaptedModel } from './adapter.js';
import { decoder, parameterInputs, tokenInputs, type Attend } from './decoder.js';

/**
 * B rows of L new tokens (padded) after P cached ones (padded), S slots in the store. Inputs `ids` [B, L], `prefix_rows` [B, J, P], `bias` [B, 1, G·L, P + L],
 * `last` [B] and the store's `keys.i`, `values.i` [S, J·D], whose rows [S·J, D] are those that `prefix_rows` names; outputs `logits` [B, V], `new_keys.i` and `new_values.i` [B·L, J·D].
 *
 * `in the graph`: these two are stores of S2 slots [S2, J·D], and input `written_rows` [S2] says for each slot which row it has of the store before it with the new
 * tokens' behind it.
 */
export function decodingGraph(
  { config, adapter: trained }: AdaptedModel,
  writing: 'by the host' | 'in the graph' = 'by the host',
): Record<string, Node> {
  const { kvHeads: J, headDim: D } = config;
  const adapter = withoutDropout(trained);
  const tokens = tokenInputs(config, ['B', 'L']);
  const rows = times('B', 'L');
  const prefixRows = Input('prefix_rows', ['B', J, 'P'], 'int32');
  const bias = Input('bias', ['B', 1, times(groupSize(config), 'L'), plus('L', 'P')]);
  const outputs: Record<string, Node> = {};
  const writtenRows = Input('written_rows', ['S2'], 'int32');
  const written = (store: Node, fresh: Node) => GatherRows(Concat([store, fresh], 0), writtenRows, { kind: 'none' });
  const attend: Attend = (layer, q, k, v) => {
    const parts = (name: 'keys' | 'values', fresh: Node) => {
      const store = Input(`${name}.${layer}`, ['S', J * D]);
      outputs[`new_${name}.${layer}`] = writing === 'by the host' ? fresh : written(store, fresh);
      return {
        cached: GatherRows(Reshape(store, [times('S', J), D]), prefixRows, { kind: 'none' }),
        fresh: byHead(Reshape(fresh, ['B', 'L', J * D]), config),
      };
    };
    const queries = Reshape(q, ['B', 'L', config.heads * D]);
    const out = attentionOverCache(queries, parts('keys', k), parts('values', v), bias, config);
    return Reshape(out, [rows, config.heads * D]);
  };
  const { hidden, logits } = decoder(config, parameterInputs(config, adapter), tokens, attend, adapter);
  const last = GatherRows(hidden, Input('last', ['B'], 'int32'), { kind: 'none' });
  return { logits: logits(last), ...outputs };
}
