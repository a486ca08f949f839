/** What a model's parameters take in memory, from its sizes alone. */
import { adapterShapes, parameterShapes, type AdaptedModel } from '../../engine/index.js';

/** Bytes. */
export interface ModelFootprint {
  /** All parameters, an adapter's too. */
  weights: number;
  /** Those of the parameters that are trained. */
  trained: number;
}

export function modelFootprint({ config, adapter }: AdaptedModel): ModelFootprint {
  const own = bytesOf(parameterShapes(config));
  if (!adapter) return { weights: own, trained: own };
  const trained = bytesOf(adapterShapes(config, adapter));
  return { weights: own + trained, trained };
}

function bytesOf(shapes: ReadonlyMap<string, readonly number[]>): number {
  let sum = 0;
  for (const shape of shapes.values()) sum += Float32Array.BYTES_PER_ELEMENT * shape.reduce((a, b) => a * b, 1);
  return sum;
}
