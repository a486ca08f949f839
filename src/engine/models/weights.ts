/** Parameters of a model, or of one of its layers, as the layers ask for them: by name, and linear layers with their bias and adapter. */
import type { Node } from '../graph/node.js';
import { Add, Constant, Input, MatMul, Mul, Where } from '../graph/ops.js';
import { linear } from '../nn/layers.js';
import { adapterNames, type AdaptableModule, type AdapterConfig } from './adapter.js';

export interface Weights {
  /** A parameter by the part of its Hugging Face name that follows the prefix. Throws a TypeError that names one which is missing. */
  parameter(name: string): Node;
  /** The linear layer of a module, such as `mlp.up_proj`: x [T, in] → [T, out]. */
  linear(x: Node, module: string): Node;
}

/** Where a layer's adapters read: modules that take the same input share one dropout mask. */
export const DROPOUT_SITES: Readonly<Record<AdaptableModule, string>> = {
  q_proj: 'attention_input',
  k_proj: 'attention_input',
  v_proj: 'attention_input',
  o_proj: 'attention_output',
  gate_proj: 'mlp_input',
  up_proj: 'mlp_input',
  down_proj: 'mlp_inner',
};

export function dropoutName(prefix: string, site: string): string {
  return `dropout:${prefix}${site}`;
}

/** Adapted are the modules whose adapter is among the parameters; with dropout, masks are inputs bool [T, in] named by `dropoutName`. */
export function weightsOf(
  parameters: ReadonlyMap<string, Node>,
  prefix = '',
  adapter: AdapterConfig | null = null,
): Weights {
  const parameter = (name: string) => {
    const node = parameters.get(prefix + name);
    if (!node) throw new TypeError(`parameter ${prefix}${name} is missing`);
    return node;
  };
  const masks = new Map<string, Node>();
  const dropped = (x: Node, module: string, share: number): Node => {
    if (share === 0) return x;
    const site = DROPOUT_SITES[module.slice(module.lastIndexOf('.') + 1) as AdaptableModule];
    const mask = masks.get(site) ?? Input(dropoutName(prefix, site), x.shape, 'bool');
    masks.set(site, mask);
    return Mul(Where(mask, x, Constant(0)), Constant(1 / (1 - share)));
  };
  return {
    parameter,
    linear: (x, module) => {
      const y = linear(x, parameter(`${module}.weight`), parameters.get(`${prefix}${module}.bias`));
      const names = adapterNames(module);
      if (!adapter || !parameters.has(prefix + names.a)) return y;
      const low = MatMul(dropped(x, module, adapter.dropout), parameter(names.a), { transB: true });
      return Add(y, MatMul(low, parameter(names.b), { transB: true, alpha: adapter.alpha / adapter.rank }));
    },
  };
}
