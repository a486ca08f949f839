/** Folds an adapter into the weights that it stands beside, so that the model needs it no longer. Changes neither. */
import { Add, Input, MatMul } from '../graph/ops.js';
import type { Parameters } from '../io/model-directory.js';
import { Session } from '../onnx/session.js';
import type { Policy } from '../policy.js';
import { adaptedModules, adapterNames } from './adapter.js';

/** The model's parameters with W + (α / r) · B A wherever the adapter works; the others are the policy's own arrays. */
export async function mergedParameters({ config, parameters, adapter, threads }: Policy): Promise<Parameters> {
  if (!adapter) return parameters;
  const merged: Parameters = new Map(parameters);
  const [w, a, b] = [Input('w', ['O', 'I']), Input('a', ['R', 'I']), Input('b', ['O', 'R'])];
  const scale = adapter.config.alpha / adapter.config.rank;
  const session = await Session.create({ sum: Add(w, MatMul(b, a, { alpha: scale })) }, { threads });
  try {
    for (const { module } of adaptedModules(config, adapter.config)) {
      const { shape, data } = parameters.get(`${module}.weight`)!;
      const names = adapterNames(module);
      const feed = (name: string) => {
        const matrix = adapter.parameters.get(name)!;
        return { data: matrix.data, dims: matrix.shape };
      };
      const { sum } = await session.run({ w: { data, dims: shape }, a: feed(names.a), b: feed(names.b) });
      merged.set(`${module}.weight`, { shape, data: sum as Float32Array });
    }
  } finally {
    await session.release();
  }
  return merged;
}
