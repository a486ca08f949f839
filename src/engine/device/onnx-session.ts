/** An emitted graph on onnxruntime-node, whatever provider it runs on. */
import './without-telemetry.js';
import * as ort from 'onnxruntime-node';
import { printShape } from '../graph/shape.js';
import type { EmittedModel } from '../onnx/emit.js';
import type { Feed, Feeds, Operand } from './device.js';

/** An output's values, or the tensor itself where it stays on the device. */
export type Outputs = Record<string, ort.Tensor>;

export interface OnnxSession {
  /** Throws a TypeError that names a missing or misshapen input. */
  run: (feeds: Feeds) => Promise<Outputs>;
  release: () => Promise<void>;
}

/** @param tensorOf what the provider takes an operand as */
export async function onnxSession(
  { bytes, inputs }: EmittedModel,
  options: ort.InferenceSession.SessionOptions,
  tensorOf: (operand: Operand) => ort.Tensor,
): Promise<OnnxSession> {
  const session = await ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...options,
  });
  return {
    run: (feeds) => {
      const tensors: Record<string, ort.Tensor> = {};
      for (const { shape, attributes } of inputs) {
        const { name } = attributes;
        const operand = feeds[name];
        if (!operand) throw new TypeError(`input ${name} ${printShape(shape)} is missing`);
        const { dims } = operand;
        const fits = dims.length === shape.length && shape.every((d, i) => typeof d === 'string' || d === dims[i]);
        if (!fits) throw new TypeError(`input ${name} is ${printShape(dims)}, the graph takes ${printShape(shape)}`);
        tensors[name] = tensorOf(operand);
      }
      return session.run(tensors);
    },
    release: () => session.release(),
  };
}

/** The array itself, without a copy. */
export function hostTensor({ data, dims }: Feed): ort.Tensor {
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, dims);
  if (data instanceof Uint8Array) return new ort.Tensor('bool', data, dims);
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims);
  return new ort.Tensor('float64', data, dims);
}
