/** Makes nodes: one function per kind, named after it. Shapes and types are checked here, before anything is emitted. */
import type { Adjoint, Attributes, DType, Node, OpKind } from './node.js';
import { broadcast, plus, printShape, sameShape, ShapeError, times, type Dim, type Shape } from './shape.js';

let made = 0;

function make<K extends OpKind>(
  kind: K,
  inputs: Node[],
  attributes: Attributes[K],
  shape: Shape,
  dtype: DType,
): Node<K> {
  return Object.freeze({
    kind,
    id: ++made,
    inputs: Object.freeze(inputs),
    attributes,
    shape: Object.freeze([...shape]),
    dtype,
  });
}

function refuse(kind: OpKind, inputs: readonly Node[], why: string): never {
  const operands = inputs.map((n) => `${n.kind} #${n.id} ${n.dtype} ${printShape(n.shape)}`).join(', ');
  throw new ShapeError(`${kind} #${made + 1} (${operands}): ${why}`);
}

function requireType(kind: OpKind, inputs: readonly Node[], dtype: DType): void {
  if (inputs.some((n) => n.dtype !== dtype)) refuse(kind, inputs, `takes ${dtype}`);
}

/** A tensor given at each run. */
export function Input(name: string, shape: Shape, dtype: DType = 'float'): Node<'Input'> {
  return make('Input', [], { name }, shape, dtype);
}

/** A scalar. */
export function Constant(value: number): Node<'Constant'> {
  return make('Constant', [], { value }, [], 'float');
}

/** start, start + 1, … start + size - 1 as int32. Sizes that are symbols are read from the inputs of the graph. */
export function Iota(size: Dim, start: Dim = 0): Node<'Iota'> {
  return make('Iota', [], { size, start }, [size], 'int32');
}

/** The same numbers in another type: rounded to nearest towards `half`, towards zero from numbers to integers. */
export function Cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : make('Cast', [x], {}, x.shape, dtype);
}

function elementwise<K extends 'Add' | 'Sub' | 'Mul' | 'Div' | 'Maximum' | 'Minimum'>(kind: K) {
  return (a: Node, b: Node): Node<K> => {
    requireType(kind, [a, b], 'float');
    const shape = broadcast(a.shape, b.shape) ?? refuse(kind, [a, b], 'shapes do not broadcast');
    const left = unexpanded(a, b, shape);
    return make(kind, [left, unexpanded(b, left, shape)], {}, shape, 'float');
  };
}

/** An operand that was only expanded to the shape which the other one has anyway is taken as it was before. */
function unexpanded(operand: Node, other: Node, shape: Shape): Node {
  return operand.kind === 'Expand' && sameShape(other.shape, shape) ? operand.inputs[0]! : operand;
}
export const Add = elementwise('Add');
export const Sub = elementwise('Sub');
export const Mul = elementwise('Mul');
export const Div = elementwise('Div');
export const Maximum = elementwise('Maximum');
export const Minimum = elementwise('Minimum');

function comparison<K extends 'LessOrEqual' | 'Equal'>(kind: K) {
  return (a: Node, b: Node): Node<K> => {
    if (a.dtype !== b.dtype) refuse(kind, [a, b], 'operands differ in type');
    const shape = broadcast(a.shape, b.shape) ?? refuse(kind, [a, b], 'shapes do not broadcast');
    return make(kind, [a, b], {}, shape, 'bool');
  };
}
export const LessOrEqual = comparison('LessOrEqual');
export const Equal = comparison('Equal');

/** a where the condition holds, else b. */
export function Where(condition: Node, a: Node, b: Node): Node<'Where'> {
  const operands = [condition, a, b];
  if (condition.dtype !== 'bool') refuse('Where', operands, 'the condition is not bool');
  requireType('Where', [a, b], 'float');
  const values = broadcast(a.shape, b.shape) ?? refuse('Where', operands, 'shapes do not broadcast');
  const shape = broadcast(condition.shape, values) ?? refuse('Where', operands, 'shapes do not broadcast');
  return make('Where', operands, {}, shape, 'float');
}

function unary<K extends 'Neg' | 'Exp' | 'Sqrt' | 'Sigmoid' | 'StopGradient' | 'Softmax' | 'LogSoftmax'>(kind: K) {
  return (x: Node): Node<K> => {
    requireType(kind, [x], 'float');
    return make(kind, [x], {}, x.shape, 'float');
  };
}
export const Neg = unary('Neg');
export const Exp = unary('Exp');
export const Sqrt = unary('Sqrt');
export const Sigmoid = unary('Sigmoid');
/** x, as a constant to what is differentiated. */
export const StopGradient = unary('StopGradient');
/** Over the last axis. */
export const Softmax = unary('Softmax');
/** Over the last axis. */
export const LogSoftmax = unary('LogSoftmax');

/** alpha · op(A) op(B) on the last two axes, both float or both half; leading axes must agree. */
export function MatMul(
  a: Node,
  b: Node,
  { transA = false, transB = false, alpha = 1 }: Partial<Attributes['MatMul']> = {},
): Node<'MatMul'> {
  requireType('MatMul', [a, b], a.dtype === 'half' ? 'half' : 'float');
  const rank = a.shape.length;
  if (rank < 2 || rank !== b.shape.length || !sameShape(a.shape.slice(0, -2), b.shape.slice(0, -2))) {
    refuse('MatMul', [a, b], 'leading axes differ');
  }
  const [rows, innerA] = lastTwo(a.shape, transA);
  const [innerB, columns] = lastTwo(b.shape, transB);
  if (innerA !== innerB) refuse('MatMul', [a, b], `inner sizes ${innerA} and ${innerB} differ`);
  return make('MatMul', [a, b], { transA, transB, alpha }, [...a.shape.slice(0, -2), rows, columns], a.dtype);
}

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [rows, columns] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [columns, rows] : [rows, columns];
}

export function Reshape(given: Node, shape: Shape): Node {
  const x = given.kind === 'Reshape' ? given.inputs[0]! : given;
  if (sameShape(x.shape, shape)) return x;
  if (times(...x.shape) !== times(...shape))
    refuse('Reshape', [x], `${printShape(shape)} has another number of elements`);
  return make('Reshape', [x], { shape }, shape, x.dtype);
}

export function Transpose(x: Node, permutation: readonly number[]): Node<'Transpose'> {
  const valid = permutation.length === x.shape.length && x.shape.every((_, i) => permutation.includes(i));
  if (!valid) refuse('Transpose', [x], `${permutation.join()} does not permute its axes`);
  return make(
    'Transpose',
    [x],
    { permutation },
    permutation.map((axis) => x.shape[axis]!),
    x.dtype,
  );
}

export function Expand(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const wide = broadcast(x.shape, shape);
  if (!wide || !sameShape(wide, shape)) refuse('Expand', [x], `does not broadcast to ${printShape(shape)}`);
  return make('Expand', [x], { shape }, shape, x.dtype);
}

/** Sum over axes, which are kept with size 1. */
export function ReduceSum(x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return x;
  if (axes.some((axis) => axis < 0 || axis >= x.shape.length)) refuse('ReduceSum', [x], `has no axes ${axes.join()}`);
  return make(
    'ReduceSum',
    [x],
    { axes },
    x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim)),
    x.dtype,
  );
}

export function Concat(parts: Node[], axis: number): Node<'Concat'> {
  const [first, ...rest] = parts;
  if (!first) throw new ShapeError('Concat of nothing');
  let size = first.shape[axis] ?? refuse('Concat', parts, `has no axis ${axis}`);
  for (const part of rest) {
    const fits =
      part.shape.length === first.shape.length && part.shape.every((dim, i) => i === axis || dim === first.shape[i]);
    if (!fits) refuse('Concat', parts, 'shapes differ beside the axis');
    size = plus(size, part.shape[axis]!);
  }
  return make(
    'Concat',
    parts,
    { axis },
    first.shape.map((dim, i) => (i === axis ? size : dim)),
    first.dtype,
  );
}

/**
 * Rotary position embedding in the half-split form of Hugging Face: x [T, H, D] with cosines and signed sines [T, 1, D].
 * y = x · cos + swap(x) · sin, where swap exchanges the halves of D and sin is negative in the first half.
 */
export function Rope(x: Node, cos: Node, sin: Node, inverse = false): Node<'Rope'> {
  const table: Shape = [x.shape[0]!, 1, x.shape[2]!];
  const even = typeof x.shape[2] === 'number' && x.shape[2] % 2 === 0;
  if (x.shape.length !== 3 || !even || !sameShape(cos.shape, table) || !sameShape(sin.shape, table)) {
    refuse('Rope', [x, cos, sin], 'takes [T, H, D] with D even, and two tables [T, 1, D]');
  }
  return make('Rope', [x, cos, sin], { inverse }, x.shape, x.dtype);
}

/** x [.., W] / sqrt(mean of its squares over W + ε) · weight [W]. */
export function RmsNorm(x: Node, weight: Node, epsilon: number): Node<'RmsNorm'> {
  requireType('RmsNorm', [x, weight], 'float');
  const width = x.shape.at(-1);
  if (typeof width !== 'number' || !sameShape(weight.shape, [width]))
    refuse('RmsNorm', [x, weight], 'takes [.., W] with W known, and a weight [W]');
  return make('RmsNorm', [x, weight], { epsilon }, x.shape, x.dtype);
}

/** x from place `from` up to, but without, `to` along an axis: `size` places, which are known or a symbol. */
export function Slice(x: Node, axis: number, from: Dim, size: Dim): Node<'Slice'> {
  if (x.shape[axis] === undefined) refuse('Slice', [x], `has no axis ${axis}`);
  const to = from === 0 ? size : plus(from, size);
  const shape = x.shape.map((dim, i) => (i === axis ? size : dim));
  return make('Slice', [x], { axis, from, to }, shape, x.dtype);
}

/** Rows of x [R, …] at int32 indices of any shape: [...index, …]. */
export function GatherRows(x: Node, index: Node, adjoint: Adjoint): Node<'GatherRows'> {
  if (index.dtype !== 'int32') refuse('GatherRows', [x, index], 'indices are not int32');
  return make('GatherRows', [x, index], { adjoint }, [...index.shape, ...x.shape.slice(1)], x.dtype);
}

/** x [R, W] with a row of zeros behind it, so that an index R means nothing. */
export function AppendZeroRow(x: Node): Node<'AppendZeroRow'> {
  const [rows, width] = x.shape;
  if (x.shape.length !== 2 || rows === undefined || typeof width !== 'number')
    refuse('AppendZeroRow', [x], 'takes [R, W] with W known');
  return make('AppendZeroRow', [x], {}, [plus(rows, 1), width], x.dtype);
}

/** x [P, V], index int32 [P]: x[p, index[p]] as [P, 1]. */
export function PickColumn(x: Node, index: Node): Node<'PickColumn'> {
  const fits =
    x.shape.length === 2 &&
    typeof x.shape[1] === 'number' &&
    index.dtype === 'int32' &&
    sameShape(index.shape, [x.shape[0]!]);
  if (!fits) refuse('PickColumn', [x, index], 'takes [P, V] and int32 [P]');
  return make('PickColumn', [x, index], {}, [x.shape[0]!, 1], x.dtype);
}
