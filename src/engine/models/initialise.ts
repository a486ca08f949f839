/** Random parameters for a model that is trained from scratch. Not a checkpoint reader. */
import { normal } from '../random.js';
import { type DecoderConfig, parameterShapes } from './config.js';
import { elementsOf } from './parameters.js';

/** Standard deviation of a parameter's normal draws, or the constant that fills it. */
function distribution(
  name: string,
  shape: readonly number[],
  config: DecoderConfig,
): { deviation: number } | { constant: number } {
  if (name.endsWith('norm.weight')) return { constant: 1 };
  if (name.endsWith('.bias')) return { constant: 0 };
  if (name === 'model.embed_tokens.weight') return { deviation: 0.1 };
  const fanIn = shape[1]!;
  const isOutput = name.endsWith('.o_proj.weight') || name.endsWith('.down_proj.weight');
  return { deviation: 1 / Math.sqrt(fanIn * (isOutput ? 2 * config.layers : 1)) };
}

/**
 * Embeddings N(0, 0.1²), linear weights N(0, 1 / fan-in), those that add to the residual stream a further 1/sqrt(2 layers), norms 1,
 * biases 0. The draw of element i of parameter p (in the order of `parameterShapes`) is `normal(seed, p, i)`.
 */
export function initialParameters(
  config: DecoderConfig,
  seed: number,
): Map<string, { shape: number[]; data: Float32Array }> {
  return new Map(
    [...parameterShapes(config)].map(([name, shape], index) => {
      const data = new Float32Array(elementsOf(shape));
      const drawn = distribution(name, shape, config);
      if ('constant' in drawn) data.fill(drawn.constant);
      else for (let i = 0; i < data.length; i++) data[i] = drawn.deviation * normal(seed, index, i);
      return [name, { shape, data }];
    }),
  );
}
