/**
 * Grouped-query attention over blocks: N blocks of L queries, each against K keys of its own. Axes: H query heads, J key/value heads, G = H / J, D width of a head.
 * Where the queries and keys of a block come from is the caller's business.
 */
import type { Node } from '../graph/node.js';
import { Add, Cast, Concat, GatherRows, MatMul, Reshape, Slice, Softmax, Transpose } from '../graph/ops.js';
import { plus, times, type Dim } from '../graph/shape.js';

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

/** Keys or values: of the P tokens before that only their row has, [B, J, P, D], and of the L new ones, [B, J, L, D]. */
export interface OwnAndFresh {
  own: Node;
  fresh: Node;
}

/** The C tokens that rows of a group have in common before those of their own: N groups of R rows. */
export interface SharedPrefix {
  /** Keys and values [N, J, C, D]. */
  keys: Node;
  values: Node;
  /** Rows of each group, int32 [N, R]. */
  members: Node;
  /** Each row's place among all groups' rows, int32 [B]. */
  places: Node;
}

/**
 * The same for B rows over P own, L new and C shared keys, bias [B, 1, G·L, P + L + C], without joining the three: what is cached is the most by far, and is
 * read once, and what a group shares once for all of it.
 */
export function attentionOverCache(
  q: Node,
  k: OwnAndFresh,
  v: OwnAndFresh,
  shared: SharedPrefix | null,
  bias: Node,
  sizes: HeadSizes,
): Node {
  const [P, L] = [v.own.shape[2]!, v.fresh.shape[2]!];
  const queries = stacked(q, sizes);
  const scores = (rows: Node, keys: Node) => MatMul(rows, keys, { transB: true, alpha: scoreScale(sizes) });
  const parts: Node[] = [scores(queries, k.own), scores(queries, k.fresh)];
  if (shared) parts.push(fromGroups(scores(toGroups(queries, shared, sizes), shared.keys), q, shared, sizes));
  const shares = Softmax(Add(Concat(parts, 3), bias));
  let mixed: Node = Add(MatMul(Slice(shares, 3, 0, P), v.own), MatMul(Slice(shares, 3, P, L), v.fresh));
  if (shared) {
    const common = Slice(shares, 3, plus(P, L), shared.values.shape[2]!);
    mixed = Add(mixed, fromGroups(MatMul(toGroups(common, shared, sizes), shared.values), q, shared, sizes));
  }
  return unstacked(mixed, q, sizes);
}

/** x [B, J, G·L, X] → [N, J, R·G·L, X]. */
function toGroups(x: Node, { members }: SharedPrefix, { kvHeads: J }: HeadSizes): Node {
  const [B, , rows, X] = x.shape as [Dim, Dim, Dim, Dim];
  const [N, R] = members.shape as [Dim, Dim];
  const gathered = GatherRows(Reshape(x, [B, times(J, rows, X)]), members, { kind: 'none' });
  const headsFirst = Transpose(Reshape(gathered, [N, R, J, times(rows, X)]), [0, 2, 1, 3]);
  return Reshape(headsFirst, [N, J, times(R, rows), X]);
}

/** The way back: x [N, J, R·G·L, X] → [B, J, G·L, X]. */
function fromGroups(x: Node, { shape }: Node, { members, places }: SharedPrefix, sizes: HeadSizes): Node {
  const J = sizes.kvHeads;
  const rows = times(groupSize(sizes), shape[1]!);
  const X = x.shape[3]!;
  const [N, R] = members.shape as [Dim, Dim];
  const rowsFirst = Transpose(Reshape(x, [N, J, R, times(rows, X)]), [0, 2, 1, 3]);
  const gathered = GatherRows(Reshape(rowsFirst, [times(N, R), times(J, rows, X)]), places, { kind: 'none' });
  return Reshape(gathered, [shape[0]!, J, rows, X]);
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
