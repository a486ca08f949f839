/**
 * Grouped-query attention over blocks: N blocks of L queries, each against K keys of its own. Axes: H query heads, J key/value heads, G = H / J, D width of a head.
 * Where the queries and keys of a block come from is the caller's business.
 */
import type { Node } from '../graph/node.js';
import { Add, Cast, Concat, MatMul, Reshape, Slice, Softmax, Transpose } from '../graph/ops.js';
import { times, type Dim } from '../graph/shape.js';

/** Added to the scores of keys that a query does not see: exp underflows to zero even against the smallest sums. */
export const UNSEEN = -1e30;

export interface HeadSizes {
  heads: number;
  kvHeads: number;
  headDim: number;
}

/** Query heads that share one key/value head. */
export function groupSize({ heads, kvHeads }: HeadSizes): number {
  return heads / kvHeads;
}

/** x [N, K, J·D] → [N, J, K, D]. */
export function byHead(x: Node, { kvHeads: J, headDim: D }: HeadSizes): Node {
  const [N, K] = x.shape as [Dim, Dim];
  return Transpose(Reshape(x, [N, K, J, D]), [0, 2, 1, 3]);
}

/** q [N, L, H·D], k and v [N, K, J·D], bias [N, 1, G·L, K] (0 where a query sees a key, UNSEEN elsewhere) → [N·L, H·D]. */
export function blockAttention(q: Node, k: Node, v: Node, bias: Node, sizes: HeadSizes): Node {
  return groupedAttention(q, byHead(k, sizes), byHead(v, sizes), bias, sizes);
}

/**
 * The same with k and v [N, J, K, D]; where these are in half precision the products are taken in it.
 * The G query heads of a key head are stacked along the rows, so that keys and values are never repeated.
 */
export function groupedAttention(q: Node, k: Node, v: Node, bias: Node, sizes: HeadSizes): Node {
  const product = (a: Node, b: Node, options = {}) => Cast(MatMul(Cast(a, b.dtype), b, options), 'float');
  const scores = product(stacked(q, sizes), k, { transB: true, alpha: scoreScale(sizes) });
  return unstacked(product(Softmax(Add(scores, bias)), v), q, sizes);
}

/** Keys or values of what was there before, [N, J, P, D], and of the queries' own tokens, [N, J, L, D]. */
export interface CachedAndFresh {
  cached: Node;
  fresh: Node;
}

/** The same over P cached and L own keys, bias [N, 1, G·L, P + L], without joining the two: what is cached is the most by far, and is read once. */
export function attentionOverCache(q: Node, k: CachedAndFresh, v: CachedAndFresh, bias: Node, sizes: HeadSizes): Node {
  const queries = stacked(q, sizes);
  const scores = (keys: Node) => MatMul(queries, keys, { transB: true, alpha: scoreScale(sizes) });
  const shares = Softmax(Add(Concat([scores(k.cached), scores(k.fresh)], 3), bias));
  const [P, L] = [v.cached.shape[2]!, v.fresh.shape[2]!];
  const mixed = Add(MatMul(Slice(shares, 3, 0, P), v.cached), MatMul(Slice(shares, 3, P, L), v.fresh));
  return unstacked(mixed, q, sizes);
}

const scoreScale = ({ headDim }: HeadSizes): number => 1 / Math.sqrt(headDim);

/** q [N, L, H·D] → [N, J, G·L, D]. */
function stacked(q: Node, sizes: HeadSizes): Node {
  const { kvHeads: J, headDim: D } = sizes;
  const G = groupSize(sizes);
  const [N, L] = q.shape as [Dim, Dim];
  const grouped = Transpose(Reshape(q, [N, L, J, G, D]), [0, 2, 3, 1, 4]);
  return Reshape(grouped, [N, J, times(G, L), D]);
}

/** x [N, J, G·L, D] → [N·L, H·D], N and L as those of the queries. */
function unstacked(x: Node, { shape }: Node, sizes: HeadSizes): Node {
  const { heads, kvHeads: J, headDim: D } = sizes;
  const [N, L] = shape as [Dim, Dim];
  const rows = Transpose(Reshape(x, [N, J, groupSize(sizes), L, D]), [0, 3, 1, 2, 4]);
  return Reshape(rows, [times(N, L), heads * D]);
}
