/**
 * Lays trajectory trees out for one forward and backward pass: each token once, in depth-first order. Attention runs by tiles of queries against the
 * keys of their own path, so that nothing is quadratic in the number of unique tokens. Pure index arithmetic; runs nothing.
 */
import { pairSums, type PairLevel } from './pair-sums.js';

/** Segments with parents before children. The tokens of segments marked `train` are targets, each predicted from the token before it on its path. */
export interface TreeInput {
  segments: readonly { parent: number | null; tokens: Int32Array; train: boolean }[];
}

/** N tiles of L queries, each of which sees some of its tile's K keys. */
export interface TileGroup {
  tiles: number;
  queryLength: number;
  keyLength: number;
  /** Token of each query; padding repeats token 0. */
  queryToken_NL: Int32Array;
  /** Query of each token, N·L for a token of the other group. */
  queryOfToken_T: Int32Array;
  /** Token of each query, T for padding. */
  tokenOfQuery_NL: Int32Array;
  /** Token of each key, in path order; padding repeats token 0. */
  keyToken_NK: Int32Array;
  /** The last key that each query sees; padding sees the first only. */
  lastKey_NL: Int32Array;
  keySums: PairLevel[];
}

/** T unique tokens, P targets. */
export interface TreeBatch {
  /** T. */
  tokens: number;
  /** P: trees in order, their trained segments in order, their tokens in order. */
  targets: number;
  tokenIds_T: Int32Array;
  /** Depth of each token in its path: its position for the rotary embedding. */
  positions_T: Int32Array;
  /** Tiles with few keys, and those with many: padded to one length, the first would mostly be padding. */
  tileGroups: readonly [TileGroup, TileGroup];
  targetIds_P: Int32Array;
  /** Token whose hidden state predicts each target. */
  rowOfTarget_P: Int32Array;
  rowSums: PairLevel[];
}

export class PackingError extends Error {}

/** Queries that a tile may have. */
const TILE_LENGTHS = Array.from({ length: 32 }, (_, i) => 8 * (i + 1));
/** What gathering the keys of a tile and giving their gradients back takes, in queries. Measured on a processor. */
const KEYS_COST = 18;

/** Tokens that follow one another, after their path. */
interface Chain {
  /** Tokens of the path and of the chain. */
  whole: Int32Array;
  /** Tokens of the path. */
  before: number;
  /** The chain's first token. */
  first: number;
}

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
  const chains: Chain[] = [];
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
      if (own.length > 0) chains.push({ whole, before: path.length, first: chainStart });
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
  const rowOfTarget_P = Int32Array.from(rowOfTarget);
  const [few, many] = tilesOf(chains);
  return {
    tokens: total,
    targets: targetIds.length,
    tokenIds_T,
    positions_T,
    tileGroups: [tabulate(few, total), tabulate(many, total)],
    targetIds_P: Int32Array.from(targetIds),
    rowOfTarget_P,
    rowSums: pairSums(rowOfTarget_P, total),
  };
}

/**
 * Cuts chains into tiles, and these into a group with few keys and one with many, so that attention takes least: long tiles gather their keys seldom, short ones pad little.
 */
function tilesOf(chains: readonly Chain[]): [Tile[], Tile[]] {
  return TILE_LENGTHS.map((length) => grouped(chains.flatMap((chain) => cut(chain, length)))).reduce((best, other) =>
    other.cost < best.cost ? other : best,
  ).groups;
}

function cut({ whole, before, first }: Chain, most: number): Tile[] {
  const length = whole.length - before;
  return Array.from({ length: Math.ceil(length / most) }, (_, t) => ({
    prefix: whole.subarray(0, before + t * most),
    first: first + t * most,
    length: Math.min(most, length - t * most),
  }));
}

const keysOf = ({ prefix, length }: Tile): number => prefix.length + length;

/** Parts tiles by the number of their keys, where that takes least. */
function grouped(tiles: readonly Tile[]): { groups: [Tile[], Tile[]]; cost: number } {
  const sorted = tiles.toSorted((a, b) => keysOf(a) - keysOf(b));
  const longest = maxima(sorted, ({ length }) => length);
  const longestBehind = maxima(sorted.toReversed(), ({ length }) => length).toReversed();
  const cost = (count: number, keys: number, queries: number) => count * keys * (queries + KEYS_COST);
  let best = { few: 0, cost: Infinity };
  for (let few = 0; few < sorted.length; few++) {
    const first = few === 0 ? 0 : cost(few, keysOf(sorted[few - 1]!), longest[few - 1]!);
    const whole = first + cost(sorted.length - few, keysOf(sorted.at(-1)!), longestBehind[few]!);
    if (whole < best.cost) best = { few, cost: whole };
  }
  return { groups: [sorted.slice(0, best.few), sorted.slice(best.few)], cost: best.cost };
}

/** The greatest so far, for each item. */
function maxima<Item>(items: readonly Item[], of: (item: Item) => number): number[] {
  let most = 0;
  return items.map((item) => (most = Math.max(most, of(item))));
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

/** A group without tiles has one of padding, since no tensor may be empty. */
function tabulate(tiles: readonly Tile[], T: number): TileGroup {
  const N = Math.max(1, tiles.length);
  const L = Math.max(1, ...tiles.map(({ length }) => length));
  const K = Math.max(1, ...tiles.map(keysOf));
  const queryToken_NL = new Int32Array(N * L);
  const tokenOfQuery_NL = new Int32Array(N * L).fill(T);
  const lastKey_NL = new Int32Array(N * L);
  const queryOfToken_T = new Int32Array(T).fill(N * L);
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
    tiles: N,
    queryLength: L,
    keyLength: K,
    queryToken_NL,
    queryOfToken_T,
    tokenOfQuery_NL,
    keyToken_NK,
    lastKey_NL,
    keySums: pairSums(rowOfKey_NK, T),
  };
}
