/** Attention over a packed batch: queries and keys are gathered from the flat tokens by tiles, and the outputs back to them. */
import type { Node } from '../graph/node.js';
import { Constant, GatherRows, Input, LessOrEqual, Reshape, Where } from '../graph/ops.js';
import { times, type Dim } from '../graph/shape.js';
import { blockAttention, groupSize, UNSEEN } from '../nn/attention.js';
import { ropeTables } from '../nn/rope.js';
import type { Feeds } from '../device/device.js';
import type { PairLevel } from '../packing/pair-sums.js';
import type { TileGroup, TreeBatch } from '../packing/tree-batch.js';
import { ropeInverseFrequencies, type DecoderConfig } from './config.js';

/** Levels in the sums of duplicate keys of each group of tiles. */
export type KeyLevels = readonly [number, number];

export function keyLevelsOf({ tileGroups: [few, many] }: { tileGroups: readonly [KeySums, KeySums] }): KeyLevels {
  return [few.keySums.length, many.keySums.length];
}

interface KeySums {
  keySums: readonly unknown[];
}

type Attention = (q: Node, k: Node, v: Node) => Node;

/** q [T, H·D], k and v [T, J·D] → [T, H·D], over the tiles that `tileFeeds` describes. */
export function tileAttention(config: DecoderConfig, [few, many]: KeyLevels): Attention {
  const inFirst = Input('in_first_group', ['T', 1], 'bool');
  const first = groupAttention(config, 0, few);
  const second = groupAttention(config, 1, many);
  return (q, k, v) => Where(inFirst, first(q, k, v), second(q, k, v));
}

/** The same over one group of tiles; rows of the other group's tokens have no meaning, and take no gradient. */
function groupAttention(config: DecoderConfig, group: number, keyLevels: number): Attention {
  const [N, L, K] = [`N${group}`, `L${group}`, `K${group}`];
  const index = (name: string, shape: Dim[]) => Input(`${name}.${group}`, shape, 'int32');
  const queryToken = index('query_token', [N, L]);
  const tokenOfQuery = index('token_of_query', [times(N, L)]);
  const queryOfToken = index('query_of_token', ['T']);
  const readQuery = index('read_query', ['T']);
  const keyToken = index('key_token', [N, K]);
  const lastKey = index('last_key', [N, 1, times(groupSize(config), L), 1]);
  const keySums = levelInputs(`key_sums.${group}`, keyLevels);
  const bias = Where(LessOrEqual(index('key_range', [K]), lastKey), Constant(0), Constant(UNSEEN));
  return (q, k, v) => {
    const keys = (x: Node) => GatherRows(x, keyToken, { kind: 'pairs', levels: keySums });
    const queries = GatherRows(q, queryToken, { kind: 'unique', inverse: queryOfToken });
    const out = blockAttention(queries, keys(k), keys(v), bias, config);
    const flat = Reshape(out, [times(N, L), q.shape[1]!]);
    return GatherRows(flat, readQuery, { kind: 'unique', inverse: tokenOfQuery });
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
  const { tokens: T, tileGroups } = batch;
  const { cos, sin } = ropeTables(batch.positions_T, ropeInverseFrequencies(config));
  const [first] = tileGroups;
  const absent = first.tiles * first.queryLength;
  return {
    cos: { data: cos, dims: [T, 1, config.headDim] },
    sin: { data: sin, dims: [T, 1, config.headDim] },
    in_first_group: { data: Uint8Array.from(first.queryOfToken_T, (query) => Number(query < absent)), dims: [T, 1] },
    ...groupFeeds(config, first, 0),
    ...groupFeeds(config, tileGroups[1], 1),
  };
}

function groupFeeds(config: DecoderConfig, tiles: TileGroup, group: number): Feeds {
  const { tiles: N, queryLength: L, keyLength: K, queryOfToken_T } = tiles;
  const T = queryOfToken_T.length;
  const G = groupSize(config);
  const lastKey_NGL = new Int32Array(N * G * L);
  for (let n = 0; n < N; n++) {
    const row = tiles.lastKey_NL.subarray(n * L, (n + 1) * L);
    for (let g = 0; g < G; g++) lastKey_NGL.set(row, (n * G + g) * L);
  }
  return {
    [`query_token.${group}`]: { data: tiles.queryToken_NL, dims: [N, L] },
    [`token_of_query.${group}`]: { data: tiles.tokenOfQuery_NL, dims: [N * L] },
    [`query_of_token.${group}`]: { data: queryOfToken_T, dims: [T] },
    // A token of the other group reads any row, which is then left aside.
    [`read_query.${group}`]: { data: queryOfToken_T.map((query) => (query < N * L ? query : 0)), dims: [T] },
    [`key_token.${group}`]: { data: tiles.keyToken_NK, dims: [N, K] },
    [`last_key.${group}`]: { data: lastKey_NGL, dims: [N, 1, G * L, 1] },
    [`key_range.${group}`]: { data: Int32Array.from({ length: K }, (_, i) => i), dims: [K] },
    ...levelFeeds(`key_sums.${group}`, tiles.keySums),
  };
}
