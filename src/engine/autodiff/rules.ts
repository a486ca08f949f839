/**
 * The table of gradient rules: for each kind of node, the gradient of the loss with respect to its inputs, given the one with respect to its output.
 * Each is checked against finite differences. An input that is never differentiated (an index, a condition) gets null.
 */
import type { Node, OpKind } from '../graph/node.js';
import {
  Add,
  AppendZeroRow,
  Constant,
  Div,
  Equal,
  Exp,
  Expand,
  GatherRows,
  Iota,
  LessOrEqual,
  MatMul,
  Mul,
  Neg,
  ReduceSum,
  Reshape,
  Rope,
  Sqrt,
  Sub,
  Transpose,
  Where,
} from '../graph/ops.js';
import { ShapeError, times, type Shape } from '../graph/shape.js';

export type GradientRule<K extends OpKind> = (node: Node<K>, dy: Node) => (Node | null)[];

/** Sums a broadcast gradient back to the shape of the operand it belongs to. */
function sumTo(dy: Node, shape: Shape): Node {
  const lead = dy.shape.length - shape.length;
  const axes = dy.shape.flatMap((dim, i) => (i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : []));
  return Reshape(ReduceSum(dy, axes), shape);
}

function operands(node: Node): [Node, Node] {
  return node.inputs as unknown as [Node, Node];
}

function only(node: Node): Node {
  return node.inputs[0]!;
}

/** Sum over the last axis, kept. */
function sumLast(x: Node): Node {
  return ReduceSum(x, [x.shape.length - 1]);
}

/** Kinds that appear only in decoding, in exports or in gradients themselves. */
function undifferentiated(node: Node): never {
  throw new ShapeError(`${node.kind} #${node.id} is never differentiated`);
}

/** To the first operand where `first` holds, else to the second. */
function chosen(node: Node, dy: Node, first: Node): (Node | null)[] {
  const [a, b] = operands(node);
  const zero = Constant(0);
  return [sumTo(Where(first, dy, zero), a.shape), sumTo(Where(first, zero, dy), b.shape)];
}

export const rules: { readonly [K in OpKind]: GradientRule<K> } = {
  Input: () => [],
  Constant: () => [],
  Iota: () => [],
  Cast: (node) => undifferentiated(node),
  Add: (node, dy) => operands(node).map((x) => sumTo(dy, x.shape)),
  Sub: (node, dy) => {
    const [a, b] = operands(node);
    return [sumTo(dy, a.shape), sumTo(Neg(dy), b.shape)];
  },
  Mul: (node, dy) => {
    const [a, b] = operands(node);
    if (a === b) {
      const half = Mul(dy, a);
      return [half, half];
    }
    return [sumTo(Mul(dy, b), a.shape), sumTo(Mul(dy, a), b.shape)];
  },
  Div: (node, dy) => {
    const [a, b] = operands(node);
    const da = Div(dy, b);
    return [sumTo(da, a.shape), sumTo(Neg(Mul(da, node)), b.shape)];
  },
  Maximum: (node, dy) => chosen(node, dy, LessOrEqual(operands(node)[1], operands(node)[0])),
  Minimum: (node, dy) => chosen(node, dy, LessOrEqual(operands(node)[0], operands(node)[1])),
  LessOrEqual: () => [null, null],
  Equal: () => [null, null],
  Where: (node, dy) => {
    const [condition, a, b] = node.inputs as unknown as [Node, Node, Node];
    const zero = Constant(0);
    return [null, sumTo(Where(condition, dy, zero), a.shape), sumTo(Where(condition, zero, dy), b.shape)];
  },
  Neg: (_, dy) => [Neg(dy)],
  Exp: (node, dy) => [Mul(dy, node)],
  Sqrt: (node, dy) => [Div(Mul(dy, Constant(0.5)), node)],
  StopGradient: () => [null],
  Sigmoid: (node, dy) => [Mul(dy, Mul(node, Sub(Constant(1), node)))],
  Softmax: (node, dy) => {
    const weighted = Mul(dy, node);
    return [Sub(weighted, Mul(node, sumLast(weighted)))];
  },
  LogSoftmax: (node, dy) => [Sub(dy, Mul(Exp(node), sumLast(dy)))],
  MatMul: (node, dy) => {
    const [a, b] = operands(node);
    const { transA, transB, alpha } = node.attributes;
    return [
      transA ? MatMul(b, dy, { transA: transB, transB: true, alpha }) : MatMul(dy, b, { transB: !transB, alpha }),
      transB ? MatMul(dy, a, { transA: true, transB: transA, alpha }) : MatMul(a, dy, { transA: !transA, alpha }),
    ];
  },
  Reshape: (node, dy) => [Reshape(dy, only(node).shape)],
  Transpose: (node, dy) => {
    const { permutation } = node.attributes;
    return [
      Transpose(
        dy,
        permutation.map((_, i) => permutation.indexOf(i)),
      ),
    ];
  },
  Expand: (node, dy) => [sumTo(dy, only(node).shape)],
  ReduceSum: (node, dy) => [Expand(dy, only(node).shape)],
  Concat: (node) => undifferentiated(node),
  Rope: (node, dy) => {
    const [, cos, sin] = node.inputs as unknown as [Node, Node, Node];
    return [Rope(dy, cos, sin, !node.attributes.inverse), null, null];
  },
  RmsNorm: (node, dy) => {
    const [x, weight] = operands(node);
    const width = x.shape.at(-1) as number;
    const meanSquare = Mul(sumLast(Mul(x, x)), Constant(1 / width));
    const scale = Div(Constant(1), Sqrt(Add(meanSquare, Constant(node.attributes.epsilon))));
    const weighted = Mul(dy, weight);
    // dx = scale · (dy·w - x · scale² · mean(dy·w·x)), a factor for each row
    const share = Mul(Mul(scale, scale), Mul(sumLast(Mul(weighted, x)), Constant(1 / width)));
    const dx = Mul(Sub(weighted, Mul(x, share)), scale);
    return [dx, sumTo(Mul(dy, Mul(x, scale)), weight.shape)];
  },
  Slice: (node) => undifferentiated(node),
  GatherRows: (node, dy) => {
    const { adjoint } = node.attributes;
    if (adjoint.kind === 'none') return [null, null];
    const [x, index] = operands(node);
    const row = x.shape.slice(1);
    const width = times(...row);
    let gathered = Reshape(dy, [times(...index.shape), width]);
    if (adjoint.kind === 'unique') {
      gathered = GatherRows(AppendZeroRow(gathered), adjoint.inverse, { kind: 'none' });
    } else {
      for (const { left, right } of adjoint.levels) {
        const padded = AppendZeroRow(gathered);
        gathered = Add(GatherRows(padded, left, { kind: 'none' }), GatherRows(padded, right, { kind: 'none' }));
      }
    }
    return [Reshape(gathered, x.shape), null];
  },
  AppendZeroRow: (node) => undifferentiated(node),
  PickColumn: (node, dy) => {
    const [x, index] = operands(node);
    const columns = x.shape[1] as number;
    const here = Equal(Reshape(index, [x.shape[0]!, 1]), Reshape(Iota(columns), [1, columns]));
    return [Where(here, dy, Constant(0)), null];
  },
};
