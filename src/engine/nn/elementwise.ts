/** Small graphs that losses are made of. */
import type { Node } from '../graph/node.js';
import { Maximum, Minimum, ReduceSum, Reshape } from '../graph/ops.js';

/** min(max(x, low), high). */
export function clip(x: Node, low: Node, high: Node): Node {
  return Minimum(Maximum(x, low), high);
}

/** Over all axes, as a scalar. */
export function sumAll(x: Node): Node {
  return Reshape(
    ReduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );
}
