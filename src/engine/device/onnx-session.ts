/** An emitted graph on onnxruntime-node, whatever provider it runs on. */
import './without-telemetry.js';
import * as ort from 'onnxruntime-node';
import { printShape } from '../graph/shape.js';
import type { EmittedModel } from '../onnx/emit.js';
import type { Feed, FloatArray, Session } from './device.js';

/** What sessions of every provider are made with. */
export function createSession(
  bytes: Uint8Array,
  options: ort.InferenceSession.SessionOptions,
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...options,
  });
}

/** @param tensorOf what a provider takes an array as; by default the array itself, without a copy */
export async function onnxSession<Name extends string>(
  { bytes, inputs }: EmittedModel,
  options: ort.InferenceSession.SessionOptions,
  tensorOf: (feed: Feed) => ort.Tensor | Promise<ort.Tensor> = hostTensor,
): Promise<Session<Name>> {
  const session = await createSession(bytes, options);
  return {
    run: async (feeds) => {
      const tensors: Record<string, ort.Tensor> = {};
      for (const { shape, attributes } of inputs) {
        const { name } = attributes;
        const feed = feeds[name];
        if (!feed) throw new TypeError(`input ${name} ${printShape(shape)} is missing`);
        const { dims } = feed;
        const fits = dims.length === shape.length && shape.every((d, i) => typeof d === 'string' || d === dims[i]);
        if (!fits) throw new TypeError(`input ${name} is ${printShape(dims)}, the graph takes ${printShape(shape)}`);
        const tensor = tensorOf(feed);
        tensors[name] = tensor instanceof Promise ? await tensor : tensor;
      }
      const results = await session.run(tensors);
      const arrays = Object.entries(results).map(([name, { data }]) => [name, data]);
      return Object.fromEntries(arrays) as Record<Name, FloatArray>;
    },
    release: () => session.release(),
  };
}

export function hostTensor({ data, dims }: Feed): ort.Tensor {
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, dims);
  if (data instanceof Uint8Array) return new ort.Tensor('bool', data, dims);
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims);
  return new ort.Tensor('float64', data, dims);
}
