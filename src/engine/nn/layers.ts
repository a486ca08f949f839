/** Layers as functions from nodes to nodes. W is a width, T rows; weights have Hugging Face's [out, in] layout. */
import type { Node } from '../graph/node.js';
import { Add, Cast, MatMul, Mul, Sigmoid } from '../graph/ops.js';

/** x [T, in] · weightᵀ [out, in] (+ bias [out]). The product is taken in the weight's type, which may be half precision. */
export function linear(x: Node, weight: Node, bias?: Node): Node {
  const y = Cast(MatMul(Cast(x, weight.dtype), weight, { transB: true }), x.dtype);
  return bias ? Add(y, bias) : y;
}

/** SwiGLU feed-forward (arXiv 2002.05202): down(silu(gate(x)) · up(x)), its linear layers by name. */
export function swiglu(x: Node, { linear: layer }: { linear: (x: Node, module: string) => Node }): Node {
  const gate = layer(x, 'mlp.gate_proj');
  return layer(Mul(Mul(gate, Sigmoid(gate)), layer(x, 'mlp.up_proj')), 'mlp.down_proj');
}
