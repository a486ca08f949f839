/** The closed set of graph nodes as frozen data. How each is made is in `ops.ts`, differentiated in `autodiff/rules.ts`, emitted in `onnx/emit.ts`. */
import type { Dim, Shape } from './shape.js';

/** `float` is float32 or float64, chosen when the graph is emitted; `half` is float16. */
export type DType = 'float' | 'half' | 'int32' | 'int64' | 'bool';

/** How the gradient of gathered rows finds its way back to the rows. Scatter operators race or crawl; gathers do neither. */
export type Adjoint =
  /** The gather is not differentiated through (its gradient is taken at its output). */
  | { readonly kind: 'none' }
  /** Each row is gathered at most once: `inverse` int32 [R] names the gathered row, or their number where there is none. */
  | { readonly kind: 'unique'; readonly inverse: Node }
  /** Rows are gathered any number of times: level by level, pairs of their gathered rows are added (deterministic, parallel); the last level has R outputs. */
  | { readonly kind: 'pairs'; readonly levels: readonly { readonly left: Node; readonly right: Node }[] };

export interface Attributes {
  Input: { readonly name: string };
  Constant: { readonly value: number };
  Iota: { readonly size: Dim; readonly start: Dim };
  Cast: object;
  Add: object;
  Sub: object;
  Mul: object;
  Div: object;
  Maximum: object;
  Minimum: object;
  LessOrEqual: object;
  Equal: object;
  Where: object;
  Neg: object;
  Exp: object;
  Sqrt: object;
  Sigmoid: object;
  /** The same value, of which no gradient is taken. */
  StopGradient: object;
  Softmax: object;
  LogSoftmax: object;
  MatMul: { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };
  Reshape: { readonly shape: Shape };
  Transpose: { readonly permutation: readonly number[] };
  Expand: { readonly shape: Shape };
  ReduceSum: { readonly axes: readonly number[] };
  Concat: { readonly axis: number };
  /** Rotary embedding; `inverse` rotates back, which is its gradient. */
  Rope: { readonly inverse: boolean };
  /** Over the last axis, with a weight for each of its places (arXiv 1910.07467). */
  RmsNorm: { readonly epsilon: number };
  /** From `from` up to, but without, `to` along an axis. */
  Slice: { readonly axis: number; readonly from: Dim; readonly to: Dim };
  GatherRows: { readonly adjoint: Adjoint };
  AppendZeroRow: object;
  PickColumn: object;
}

export type OpKind = keyof Attributes;

export interface Node<K extends OpKind = OpKind> {
  readonly kind: K;
  /** Counts nodes in the order of their making; for error messages only. */
  readonly id: number;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes[K];
  readonly shape: readonly Dim[];
  readonly dtype: DType;
}

/** All nodes that `outputs` depend on, inputs before users. */
export function topologicalOrder(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (!seen.has(output)) stack.push({ node: output, next: 0 });
    seen.add(output);
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const child = top.node.inputs[top.next++];
      if (child === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (!seen.has(child)) {
        seen.add(child);
        stack.push({ node: child, next: 0 });
      }
    }
  }
  return order;
}
