/**
 * Lays trajectory trees out for one forward and backward pass: each token once, in depth-first order. Attention runs by tiles of queries against the
 * keys of their own path, so that nothing is quadratic in the number of unique tokens. Pure index arithmetic; runs nothing.
 */
import { pairSums, type PairLevel } from './pair-sums.js';

/** Segments with parents before children. The tokens of segments marked `train` are targets, each predicted from the token before it on its path. */
export interface TreeInput {
  segments: readonly { parent: number | null; tokens: Int32Array; train: boolean }[];
}

/** T unique tokens, P targets, N tiles of L queries and K keys. */
export interface TreeBatch {
  /** T. */
  tokens: number;
  /** P: trees in order, their trained segments in order, their tokens in order. */
  targets: number;
  tiles: number;
  queryLength: number;
  keyLength: number;
  tokenIds_T: Int32Array;
  /** Depth of each token in its path: its position for the rotary embedding. */
  positions_T: Int32Array;
  /** Token of each query; padding repeats token 0. */
  queryToken_NL: Int32Array;
  /** Query of each token. */
  queryOfToken_T: Int32Array;
  /** Token of each query, T for padding. */
  tokenOfQuery_NL: Int32Array;
  /** Token of each key, in path order; padding repeats token 0. */
  keyToken_NK: Int32Array;
  /** The last key that each query sees; padding sees the first only. */
  lastKey_NL: Int32Array;
  keySums: PairLevel[];
  targetIds_P: Int32Array;
  /** Token whose hidden state predicts each target. */
  rowOfTarget_P: Int32Array;
  rowSums: PairLevel[];
}

export class PackingError extends Error {}

/** Queries per tile: long enough for the matrix kernels, short enough that little of a tile is padding or masked. */
const TILE = 32;

interface Tile {
  /** Tokens of the path before the tile's first query. */
  prefix: Int32Array;
  first: number;
  length: number;
}

/** Packs trees for one pass. Trees do not see each other. Throws PackingError when a tree is malformed. */
export function packTrees(trees: readonly TreeInput[]): TreeBatch {
  const total = trees.reduce((sum, tree) => sum + tree.segments.reduce((n, s) => n + s.tokens.length, 0), 0);
  if (total === 0) throw new PackingError('a batch needs at least one token');
  const tokenIds_T = new Int32Array(total);
  const positions_T = new Int32Array(total);
  const tiles: Tile[] = [];
  const targetIds: number[] = [];
  const rowOfTarget: number[] = [];
  let next = 0;

  for (const { segments } of trees) {
    const children = childrenOf(segments);
    const starts = new Int32Array(segments.length);

    /** Lays out the chain of first children from `segment` on, then the other children, each a chain of its own. */
    const layOut = (segment: number, path: Int32Array): void => {
      const chainStart = next;
      const branches: { segment: number; pathLength: number }[] = [];
      for (let s: number | undefined = segment; s !== undefined; s = children[s]![0]) {
        starts[s] = next;
        for (const id of segments[s]!.tokens) {
          tokenIds_T[next] = id;
          positions_T[next] = path.length + next - chainStart;
          next += 1;
        }
        for (const branch of children[s]!.slice(1)) branches.push({ segment: branch, pathLength: next - chainStart });
      }
      const own = Int32Array.from({ length: next - chainStart }, (_, i) => chainStart + i);
      const whole = concat(path, own);
      for (let i = 0; i < own.length; i += TILE) {
        tiles.push({
          prefix: whole.subarray(0, path.length + i),
          first: chainStart + i,
          length: Math.min(TILE, own.length - i),
        });
      }
      for (const branch of branches) layOut(branch.segment, whole.subarray(0, path.length + branch.pathLength));
    };
    children.roots.forEach((root) => layOut(root, new Int32Array(0)));

    segments.forEach(({ tokens, train, parent }, s) => {
      if (!train) return;
      const before = lastTokenAbove(segments, starts, parent);
      tokens.forEach((id, i) => {
        targetIds.push(id);
        rowOfTarget.push(i === 0 ? before : starts[s]! + i - 1);
      });
    });
  }
  return tabulate(tiles, tokenIds_T, positions_T, Int32Array.from(targetIds), Int32Array.from(rowOfTarget));
}

function childrenOf(segments: TreeInput['segments']): number[][] & { roots: number[] } {
  const children = Object.assign(
    segments.map((): number[] => []),
    { roots: [] as number[] },
  );
  segments.forEach(({ parent, train }, s) => {
    if (parent === null) {
      if (train)
        throw new PackingError(`segment ${s} is a root: nothing predicts its first token, so it cannot be trained`);
      children.roots.push(s);
    } else if (parent >= 0 && parent < s) children[parent]!.push(s);
    else throw new PackingError(`segment ${s} has parent ${parent}; parents come before their children`);
  });
  return children;
}

function lastTokenAbove(segments: TreeInput['segments'], starts: Int32Array, parent: number | null): number {
  for (let s = parent; s !== null; s = segments[s]!.parent) {
    const { length } = segments[s]!.tokens;
    if (length > 0) return starts[s]! + length - 1;
  }
  throw new PackingError('a trained segment has no token before it on its path');
}

function concat(a: Int32Array, b: Int32Array): Int32Array {
  const out = new Int32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

function tabulate(
  tiles: readonly Tile[],
  tokenIds_T: Int32Array,
  positions_T: Int32Array,
  targetIds_P: Int32Array,
  rowOfTarget_P: Int32Array,
): TreeBatch {
  const T = tokenIds_T.length;
  const N = tiles.length;
  const L = Math.max(...tiles.map((tile) => tile.length));
  const K = Math.max(...tiles.map((tile) => tile.prefix.length + tile.length));
  const queryToken_NL = new Int32Array(N * L);
  const tokenOfQuery_NL = new Int32Array(N * L).fill(T);
  const lastKey_NL = new Int32Array(N * L);
  const queryOfToken_T = new Int32Array(T);
  const keyToken_NK = new Int32Array(N * K);
  const rowOfKey_NK = new Int32Array(N * K).fill(-1);
  tiles.forEach(({ prefix, first, length }, n) => {
    keyToken_NK.set(prefix, n * K);
    for (let i = 0; i < length; i++) {
      const query = n * L + i;
      queryToken_NL[query] = first + i;
      tokenOfQuery_NL[query] = first + i;
      lastKey_NL[query] = prefix.length + i;
      queryOfToken_T[first + i] = query;
      keyToken_NK[n * K + prefix.length + i] = first + i;
    }
    const keys = prefix.length + length;
    rowOfKey_NK.set(keyToken_NK.subarray(n * K, n * K + keys), n * K);
  });
  return {
    tokens: T,
    targets: targetIds_P.length,
    tiles: N,
    queryLength: L,
    keyLength: K,
    tokenIds_T,
    positions_T,
    queryToken_NL,
    queryOfToken_T,
    tokenOfQuery_NL,
    keyToken_NK,
    lastKey_NL,
    keySums: pairSums(rowOfKey_NK, T),
    targetIds_P,
    rowOfTarget_P,
    rowSums: pairSums(rowOfTarget_P, T),
  };
}
