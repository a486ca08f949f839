/** Small graphs that losses are made of. */
import type { Node } from '../graph/node.js';
import { Constant, LessOrEqual, Maximum, Minimum, ReduceSum, Reshape, Where } from '../graph/ops.js';

/** min(max(x, low), high). */
export function clip(x: Node, low: Node, high: Node): Node {
  return Minimum(Maximum(x, low), high);
}

/** 1 where a > b, else 0. */
export function exceeds(a: Node, b: Node): Node {
  return Where(LessOrEqual(a, b), Constant(0), Constant(1));
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
