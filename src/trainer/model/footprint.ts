/** What a model's parameters take in memory, from its sizes alone. */
import { adapterShapes, parameterBytes, parameterShapes, type AdaptedModel } from '../../engine/index.js';

/** Bytes. */
export interface ModelFootprint {
  /** All parameters, an adapter's too. */
  weights: number;
  /** Those of the parameters that are trained. */
  trained: number;
}

export function modelFootprint({ config, adapter }: AdaptedModel): ModelFootprint {
  const own = parameterBytes(parameterShapes(config));
  if (!adapter) return { weights: own, trained: own };
  const trained = parameterBytes(adapterShapes(config, adapter));
  return { weights: own + trained, trained };
}
