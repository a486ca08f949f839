/** Runs graphs on onnxruntime-node's WebGPU provider. Throws where the machine has no adapter. */
import type * as ort from 'onnxruntime-node';
import type { Node } from '../graph/node.js';
import { Exp, Input } from '../graph/ops.js';
import { emitForWebGpu } from '../onnx/emit.js';
import {
  isOnDevice,
  type Device,
  type DeviceMemory,
  type DeviceTensor,
  type Feed,
  type FloatArray,
  type KeepingSession,
  type Operand,
} from './device.js';
import { hostTensor, onnxSession } from './onnx-session.js';

export function webGpuDevice(): Device {
  return {
    memory: new WebGpuMemory(),
    compileWith: null,
    compile: async <Name extends string>(outputs: Readonly<Record<Name, Node>>) => {
      const { run, release } = await compile(outputs, []);
      return {
        release,
        run: async (feeds) => {
          const { host } = await run(feeds);
          return host;
        },
      };
    },
  };
}

/** Computes something on the adapter. Throws why it cannot. */
export async function tryWebGpu(): Promise<void> {
  const session = await webGpuDevice().compile({ y: Exp(Input('x', ['N'])) });
  const { y } = await session.run({ x: { data: Float32Array.of(0, 1), dims: [2] } });
  if (y[0] !== 1 || Math.abs(y[1]! - Math.E) > 1e-4) throw new Error(`it computes exp(0), exp(1) as ${y.join()}`);
  await session.release();
}

class WebGpuTensor implements DeviceTensor {
  constructor(readonly tensor: ort.Tensor) {}

  get dims(): readonly number[] {
    return this.tensor.dims;
  }

  dispose(): void {
    this.tensor.dispose();
  }
}

async function compile(outputs: Readonly<Record<string, Node>>, kept: readonly string[]): Promise<KeepingSession> {
  const location = Object.fromEntries(kept.map((name) => [name, 'gpu-buffer'] as const));
  const options = { executionProviders: ['webgpu'], preferredOutputLocation: location };
  const { run, release } = await onnxSession(emitForWebGpu(outputs), options, tensorOf);
  return {
    run: async (feeds) => {
      const results = await run(feeds);
      const host: Record<string, FloatArray> = {};
      const left = new Map<string, DeviceTensor>();
      for (const [name, tensor] of Object.entries(results)) {
        // To ask a tensor on the device for its values ends the process.
        if (name in location) left.set(name, new WebGpuTensor(tensor));
        else host[name] = tensor.data as FloatArray;
      }
      return { host, kept: left };
    },
    release,
  };
}

function tensorOf(operand: Operand): ort.Tensor {
  return isOnDevice(operand) ? (operand as WebGpuTensor).tensor : hostTensor(operand);
}

/** The provider can neither fill a tensor that it keeps nor read one: both is done by graphs that copy. */
class WebGpuMemory implements DeviceMemory {
  readonly compile = compile;
  /** By the number of dimensions. */
  private readonly writing = new Map<number, Promise<KeepingSession>>();
  private readonly reading = new Map<number, Promise<KeepingSession>>();

  async write(feed: Feed): Promise<DeviceTensor> {
    const session = await this.copying(this.writing, feed.dims.length, ['y']);
    return (await session.run({ x: feed })).kept.get('y')!;
  }

  async read(tensor: DeviceTensor): Promise<Float32Array> {
    const session = await this.copying(this.reading, tensor.dims.length, []);
    return (await session.run({ x: tensor })).host['y'] as Float32Array;
  }

  private copying(sessions: Map<number, Promise<KeepingSession>>, rank: number, kept: string[]) {
    let session = sessions.get(rank);
    if (!session) {
      const dims = Array.from({ length: rank }, (_, i) => `d${i}`);
      sessions.set(rank, (session = compile({ y: Input('x', dims) }, kept)));
    }
    return session;
  }
}
