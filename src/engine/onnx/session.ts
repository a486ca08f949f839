/** Runs emitted graphs on onnxruntime-node's CPU provider. Holds no weights: every tensor is an input, taken without a copy. */
import * as ort from 'onnxruntime-node';
import type { Node } from '../graph/node.js';
import { printShape } from '../graph/shape.js';
import { emit, type Precision } from './emit.js';

export type FloatArray = Float32Array | Float64Array;
export interface Feed {
  /** Bytes are bool. */
  data: FloatArray | Int32Array | Uint8Array;
  dims: readonly number[];
}
export type Feeds = Readonly<Record<string, Feed>>;

export interface SessionOptions {
  /** Intra-op threads; 0 lets ONNX Runtime choose. */
  threads: number;
  precision?: Precision;
}

/** A graph that is ready to run. */
export class Session<Name extends string> {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly inputs: readonly Node<'Input'>[],
  ) {}

  /** Emits and compiles the graph of the named outputs. */
  static async create<Name extends string>(
    outputs: Readonly<Record<Name, Node>>,
    options: SessionOptions,
  ): Promise<Session<Name>> {
    const { bytes, inputs } = emit(outputs, options.precision ?? 'float32');
    const session = await ort.InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      enableMemPattern: false,
      logSeverityLevel: 3,
      // Threads that spin at barriers starve whatever else shares the cores: the worker's tools, the database.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    return new Session(session, inputs);
  }

  /** Output arrays by name. Throws a TypeError that names a missing or misshapen input. */
  async run(feeds: Feeds): Promise<Record<Name, FloatArray>> {
    const tensors: Record<string, ort.Tensor> = {};
    for (const input of this.inputs) {
      const { name } = input.attributes;
      const feed = feeds[name];
      if (!feed) throw new TypeError(`input ${name} ${printShape(input.shape)} is missing`);
      const fits =
        feed.dims.length === input.shape.length &&
        input.shape.every((d, i) => typeof d === 'string' || d === feed.dims[i]);
      if (!fits)
        throw new TypeError(`input ${name} is ${printShape(feed.dims)}, the graph takes ${printShape(input.shape)}`);
      tensors[name] = tensor(feed);
    }
    const results = await this.session.run(tensors);
    return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, t.data])) as Record<Name, FloatArray>;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

function tensor({ data, dims }: Feed): ort.Tensor {
  if (data instanceof Int32Array) return new ort.Tensor('int32', data, dims);
  if (data instanceof Uint8Array) return new ort.Tensor('bool', data, dims);
  if (data instanceof Float32Array) return new ort.Tensor('float32', data, dims);
  return new ort.Tensor('float64', data, dims);
}
