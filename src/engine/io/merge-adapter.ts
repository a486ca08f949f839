/** Folds an adapter into the weights that it stands beside, so that the model needs it no longer. Changes neither. */
import { Add, Input, MatMul } from '../graph/ops.js';
import type { WritableParameter } from './model-directory.js';
import type { Device } from '../device/device.js';
import type { Parameters } from '../models/parameters.js';
import { adaptedModules, adapterNames, type Adapter } from '../models/adapter.js';
import type { DecoderConfig } from '../models/config.js';

interface MergedModel {
  config: DecoderConfig;
  parameters: Parameters;
  adapter: Adapter | null;
  device: Device;
}

/**
 * Hands `use` the model's parameters with W + (α / r) · B A wherever the adapter works. Each of those is computed when it is read and belongs to the reader, so that
 * no second model exists at once; they cannot be read afterwards.
 */
export async function withMergedParameters<T>(
  { config, parameters, adapter, device }: MergedModel,
  use: (parameters: Map<string, WritableParameter>) => Promise<T>,
): Promise<T> {
  const merged = new Map<string, WritableParameter>(parameters);
  if (!adapter) return use(merged);
  const [w, a, b] = [Input('w', ['O', 'I']), Input('a', ['R', 'I']), Input('b', ['O', 'R'])];
  const scale = adapter.config.alpha / adapter.config.rank;
  const session = await device.compile({ sum: Add(w, MatMul(b, a, { alpha: scale })) });
  for (const { module } of adaptedModules(config, adapter.config)) {
    const { shape, data } = parameters.get(`${module}.weight`)!;
    const names = adapterNames(module);
    const feed = (name: string) => {
      const matrix = adapter.parameters.get(name)!;
      return { data: matrix.data, dims: matrix.shape };
    };
    const read = async () => {
      const { sum } = await session.run({ w: { data, dims: shape }, a: feed(names.a), b: feed(names.b) });
      return sum as Float32Array;
    };
    merged.set(`${module}.weight`, { shape, read });
  }
  try {
    return await use(merged);
  } finally {
    await session.release();
  }
}
