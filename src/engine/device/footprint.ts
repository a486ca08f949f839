/**
 * How much memory a graph takes while it runs, from the sizes of its tensors and the order in which ONNX Runtime computes them. Knows nothing of what the
 * runtime keeps beside the tensors: its arena's slack and the kernels' buffers.
 */
import { topologicalOrder, type Node, type OpKind } from '../graph/node.js';
import type { Dim, Shape } from '../graph/shape.js';

/** What the symbols of a graph's shapes stand for. */
export type Sizes = Readonly<Record<string, number>>;

const BYTES: Readonly<Record<Node['dtype'], number>> = { float: 4, int32: 4, int64: 8, half: 2, bool: 1 };

/** Their result may take the place of an operand that nobody else needs. */
const IN_PLACE: ReadonlySet<OpKind> = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Neg',
  'Exp',
  'Sqrt',
  'Sigmoid',
  'Softmax',
  'LogSoftmax',
]);

/** Copies of the result that a kind needs for its own working, where it is not one operator: the halves of a rotation, swapped and multiplied. */
const SCRATCH: Partial<Record<OpKind, number>> = { Rope: 2 };

/** Size of a dimension: a number, a product such as `3*L` or a sum such as `L+P`. Throws a RangeError for a symbol without a size. */
export function sizeOf(dim: Dim, sizes: Sizes): number {
  if (typeof dim === 'number') return dim;
  const factor = (name: string) => {
    const size = /^\d+$/.test(name) ? Number(name) : sizes[name];
    if (size === undefined) throw new RangeError(`the dimension ${name} has no size`);
    return size;
  };
  return dim
    .split('+')
    .map((term) => term.split('*').reduce((product, name) => product * factor(name), 1))
    .reduce((sum, term) => sum + term, 0);
}

export function tensorBytes({ dtype, shape }: { dtype: Node['dtype']; shape: Shape }, sizes: Sizes): number {
  return shape.reduce<number>((product, dim) => product * sizeOf(dim, sizes), BYTES[dtype]);
}

/** Bytes of all tensors that are alive together at most, inputs not counted, outputs counted to the end. */
export function peakBytes(outputs: Readonly<Record<string, Node>>, sizes: Sizes): number {
  const order = executionOrder(outputs);
  const uses = new Map<Node, number>();
  const use = (node: Node) => uses.set(storage(node), (uses.get(storage(node)) ?? 0) + 1);
  for (const node of order) if (node.kind !== 'Reshape') for (const input of node.inputs) use(input);
  for (const output of Object.values(outputs)) use(output);

  const held = new Map<Node, number>();
  let alive = 0;
  let peak = 0;
  for (const node of order) {
    if (node.kind === 'Input' || node.kind === 'Constant' || node.kind === 'Reshape') continue;
    const bytes = tensorBytes(node, sizes);
    const inputs = node.inputs.map(storage);
    const last = inputs.filter((input) => {
      const left = uses.get(input)! - 1;
      uses.set(input, left);
      return left === 0 && held.has(input);
    });
    const replaced = IN_PLACE.has(node.kind) ? last.find((input) => held.get(input) === bytes) : undefined;
    held.set(node, bytes);
    if (replaced) held.delete(replaced);
    else alive += bytes;
    peak = Math.max(peak, alive + (SCRATCH[node.kind] ?? 0) * bytes);
    for (const input of last) {
      alive -= held.get(input) ?? 0;
      held.delete(input);
    }
    if (!uses.get(node)) alive -= bytes;
  }
  return peak;
}

/** A reshaped tensor is the tensor that was reshaped. */
function storage(node: Node): Node {
  return node.kind === 'Reshape' ? storage(node.inputs[0]!) : node;
}

/** ONNX Runtime walks back from the last output to the first, and from each node to those of its inputs first that were emitted last. */
function executionOrder(outputs: Readonly<Record<string, Node>>): Node[] {
  const emitted = new Map(topologicalOrder(Object.values(outputs)).map((node, index) => [node, index]));
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; done: boolean }[] = Object.values(outputs).map((node) => ({ node, done: false }));
  while (stack.length > 0) {
    const { node, done } = stack.pop()!;
    if (done) {
      order.push(node);
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push({ node, done: true });
    const inputs = [...node.inputs].sort((a, b) => emitted.get(a)! - emitted.get(b)!);
    for (const input of inputs) if (!seen.has(input)) stack.push({ node: input, done: false });
  }
  return order;
}
