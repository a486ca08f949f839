/** Attention over a packed batch: queries and keys are gathered from the flat tokens by tiles, and the outputs back to them. */
import type { Node } from '../graph/node.js';
import { Constant, GatherRows, Input, LessOrEqual, Reshape, Where } from '../graph/ops.js';
import { times, type Dim } from '../graph/shape.js';
import { blockAttention, groupSize, UNSEEN } from '../nn/attention.js';
import { ropeTables } from '../nn/rope.js';
import type { Feeds } from '../device/device.js';
import type { PairLevel } from '../packing/pair-sums.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { ropeInverseFrequencies, type DecoderConfig } from './config.js';

/** q [T, H·D], k and v [T, J·D] → [T, H·D], over the tiles that `tileFeeds` describes. */
export function tileAttention(config: DecoderConfig, keyLevels: number): (q: Node, k: Node, v: Node) => Node {
  const queryToken = Input('query_token', ['N', 'L'], 'int32');
  const tokenOfQuery = Input('token_of_query', [times('N', 'L')], 'int32');
  const queryOfToken = Input('query_of_token', ['T'], 'int32');
  const keyToken = Input('key_token', ['N', 'K'], 'int32');
  const lastKey = Input('last_key', ['N', 1, times(groupSize(config), 'L'), 1], 'int32');
  const keyRange = Input('key_range', ['K'], 'int32');
  const keySums = levelInputs('key_sums', keyLevels);
  const bias = Where(LessOrEqual(keyRange, lastKey), Constant(0), Constant(UNSEEN));
  return (q, k, v) => {
    const keys = (x: Node) => GatherRows(x, keyToken, { kind: 'pairs', levels: keySums });
    const queries = GatherRows(q, queryToken, { kind: 'unique', inverse: queryOfToken });
    const out = blockAttention(queries, keys(k), keys(v), bias, config);
    const flat = Reshape(out, [times('N', 'L'), q.shape[1]!]);
    return GatherRows(flat, queryOfToken, { kind: 'unique', inverse: tokenOfQuery });
  };
}

/** Inputs of a sum of duplicates; the last level has an entry for each row, which are the T tokens unless said otherwise. */
export function levelInputs(name: string, count: number, rows: Dim = 'T'): { left: Node; right: Node }[] {
  return Array.from({ length: count }, (_, i) => {
    const size = i === count - 1 ? rows : `${name}.${i}`;
    const side = (which: string) => Input(`${name}.${i}.${which}`, [size], 'int32');
    return { left: side('left'), right: side('right') };
  });
}

/** What `levelInputs` takes. */
export function levelFeeds(name: string, levels: readonly PairLevel[]): Feeds {
  return Object.fromEntries(
    levels.flatMap(({ left, right }, i) => [
      [`${name}.${i}.left`, { data: left, dims: [left.length] }],
      [`${name}.${i}.right`, { data: right, dims: [right.length] }],
    ]),
  );
}

/** What `tileAttention` takes, and the rotary tables of the batch's tokens. */
export function tileFeeds(config: DecoderConfig, batch: TreeBatch): Feeds {
  const { tokens: T, tiles: N, queryLength: L, keyLength: K } = batch;
  const { cos, sin } = ropeTables(batch.positions_T, ropeInverseFrequencies(config));
  const G = groupSize(config);
  const lastKey_NGL = new Int32Array(N * G * L);
  for (let n = 0; n < N; n++) {
    const row = batch.lastKey_NL.subarray(n * L, (n + 1) * L);
    for (let g = 0; g < G; g++) lastKey_NGL.set(row, (n * G + g) * L);
  }
  return {
    cos: { data: cos, dims: [T, 1, config.headDim] },
    sin: { data: sin, dims: [T, 1, config.headDim] },
    query_token: { data: batch.queryToken_NL, dims: [N, L] },
    token_of_query: { data: batch.tokenOfQuery_NL, dims: [N * L] },
    query_of_token: { data: batch.queryOfToken_T, dims: [T] },
    key_token: { data: batch.keyToken_NK, dims: [N, K] },
    last_key: { data: lastKey_NGL, dims: [N, 1, G * L, 1] },
    key_range: { data: Int32Array.from({ length: K }, (_, i) => i), dims: [K] },
    ...levelFeeds('key_sums', batch.keySums),
  };
}
