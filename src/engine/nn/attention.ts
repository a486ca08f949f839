/**
 * Grouped-query attention over blocks: N blocks of L queries, each against K keys of its own. Axes: H query heads, J key/value heads, G = H / J, D width of a head.
 * Where the queries and keys of a block come from is the caller's business.
 */
import type { Node } from '../graph/node.js';
import { Add, Cast, MatMul, Reshape, Softmax, Transpose } from '../graph/ops.js';
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
  const { heads, kvHeads: J, headDim: D } = sizes;
  const G = groupSize(sizes);
  const [N, L] = q.shape as [Dim, Dim];
  const grouped = Transpose(Reshape(q, [N, L, J, G, D]), [0, 2, 3, 1, 4]);
  const queries = Reshape(grouped, [N, J, times(G, L), D]);
  const product = (a: Node, b: Node, options = {}) => Cast(MatMul(Cast(a, b.dtype), b, options), 'float');
  const scores = product(queries, k, { transB: true, alpha: 1 / Math.sqrt(D) });
  const mixed = product(Softmax(Add(scores, bias)), v);
  const rows = Transpose(Reshape(mixed, [N, J, G, L, D]), [0, 3, 1, 2, 4]);
  return Reshape(rows, [times(N, L), heads * D]);
}
