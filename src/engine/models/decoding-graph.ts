/** Builds the graph that feeds rows new tokens after their cached prefixes. Who writes the new keys and values into the store is chosen: the host, or the graph. */
import type { Node } from '../graph/node.js';
import { Concat, GatherRows, Input, Reshape } from '../graph/ops.js';
import { plus, times } from '../graph/shape.js';
import { attentionOverCache, byHead, groupSize } from '../nn/attention.js';
import { withoutDropout, type AdaptedModel } from './adapter.js';
import { decoder, parameterInputs, tokenInputs, type Attend } from './decoder.js';

export interface DecodingOptions {
  /** Who writes new keys and values into the store. */
  writing: 'by the host' | 'in the graph';
  /** Whether what rows have in common is read once for all of them. */
  sharing: boolean;
}

/**
 * B rows of L new tokens (padded) after P cached ones (padded), S slots in the store. Inputs `ids` [B, L], `own_rows` [B, J, P], `bias` [B, 1, G·L, P + L],
 * `last` [B] and the store's `keys.i`, `values.i` [S, J·D], whose rows [S·J, D] are those that `own_rows` names; outputs `logits` [B, V], `new_keys.i` and `new_values.i` [B·L, J·D].
 *
 * `sharing`: `own_rows` are those behind C (padded) that rows have in common with the others of one of N groups of R rows (padded). Inputs `shared_rows` [N, J, C], `members` [N, R],
 * which rows are in a group, and `places` [B], where among these each row is; `bias` [B, 1, G·L, P + L + C].
 *
 * `in the graph`: the outputs are stores of S2 slots [S2, J·D], and input `written_rows` [S2] says for each slot which row it has of the store before it with the new
 * tokens' behind it.
 */
export function decodingGraph(
  { config, adapter: trained }: AdaptedModel,
  { writing, sharing }: DecodingOptions,
): Record<string, Node> {
  const { kvHeads: J, headDim: D } = config;
  const adapter = withoutDropout(trained);
  const tokens = tokenInputs(config, ['B', 'L']);
  const rows = times('B', 'L');
  const ownRows = Input('own_rows', ['B', J, 'P'], 'int32');
  const sharedRows = Input('shared_rows', ['N', J, 'C'], 'int32');
  const members = Input('members', ['N', 'R'], 'int32');
  const places = Input('places', ['B'], 'int32');
  const keysSeen = sharing ? plus(plus('P', 'L'), 'C') : plus('P', 'L');
  const bias = Input('bias', ['B', 1, times(groupSize(config), 'L'), keysSeen]);
  const outputs: Record<string, Node> = {};
  const writtenRows = Input('written_rows', ['S2'], 'int32');
  const written = (store: Node, fresh: Node) => GatherRows(Concat([store, fresh], 0), writtenRows, { kind: 'none' });
  const attend: Attend = (layer, q, k, v) => {
    const parts = (name: 'keys' | 'values', fresh: Node) => {
      const store = Input(`${name}.${layer}`, ['S', J * D]);
      outputs[`new_${name}.${layer}`] = writing === 'by the host' ? fresh : written(store, fresh);
      const stored = Reshape(store, [times('S', J), D]);
      return {
        shared: GatherRows(stored, sharedRows, { kind: 'none' }),
        own: GatherRows(stored, ownRows, { kind: 'none' }),
        fresh: byHead(Reshape(fresh, ['B', 'L', J * D]), config),
      };
    };
    const queries = Reshape(q, ['B', 'L', config.heads * D]);
    const [keys, values] = [parts('keys', k), parts('values', v)];
    const shared = sharing ? { keys: keys.shared, values: values.shared, members, places } : null;
    const out = attentionOverCache(queries, keys, values, shared, bias, config);
    return Reshape(out, [rows, config.heads * D]);
  };
  const { hidden, logits } = decoder(config, parameterInputs(config, adapter), tokens, attend, adapter);
  const last = GatherRows(hidden, Input('last', ['B'], 'int32'), { kind: 'none' });
  return { logits: logits(last), ...outputs };
}
