/** Reverse-mode automatic differentiation: walks the graph backwards once and adds up what the rules give. Emits nothing. */
import { topologicalOrder, type Node } from '../graph/node.js';
import { Add, Constant } from '../graph/ops.js';
import { printShape, ShapeError } from '../graph/shape.js';
import { rules, type GradientRule } from './rules.js';

/**
 * The gradient of a scalar with respect to nodes, as new nodes of the same shapes.
 * Throws ShapeError when `loss` is no scalar or does not depend on one of `wrt`.
 */
export function gradient(loss: Node, wrt: readonly Node[]): Node[] {
  if (loss.shape.length !== 0) throw new ShapeError(`the loss is ${printShape(loss.shape)}, not a scalar`);
  const order = topologicalOrder([loss]);
  const wanted = new Set(wrt);
  const active = new Set<Node>();
  for (const node of order) if (wanted.has(node) || node.inputs.some((input) => active.has(input))) active.add(node);

  const total = new Map<Node, Node>([[loss, Constant(1)]]);
  for (const node of order.reverse()) {
    const dy = total.get(node);
    if (!dy || !active.has(node) || !node.inputs.some((input) => active.has(input))) continue;
    const rule = rules[node.kind] as GradientRule<typeof node.kind>;
    rule(node, dy).forEach((share, i) => {
      const input = node.inputs[i]!;
      if (!share || !active.has(input)) return;
      const sum = total.get(input);
      total.set(input, sum ? Add(sum, share) : share);
    });
  }
  return wrt.map((node) => {
    const result = total.get(node);
    if (!result) throw new ShapeError(`the loss does not depend on ${node.kind} #${node.id}`);
    return result;
  });
}
