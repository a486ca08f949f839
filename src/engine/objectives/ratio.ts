/** The importance ratio of objectives that learn from what another policy has sampled. */
import type { Node } from '../graph/node.js';
import { Constant, Exp, Sub } from '../graph/ops.js';
import { clip } from '../nn/elementwise.js';

/** exp(log p - old), its exponent within ±20 so that a far policy overflows nothing. */
export function importanceRatio(logprob: Node, oldLogprob: Node): Node {
  return Exp(clip(Sub(logprob, oldLogprob), Constant(-20), Constant(20)));
}
