/**
 * Runs graphs on onnxruntime-node's WebGPU provider. Weights stay on the device until they change; all else crosses to it and back at each run. Throws where
 * the machine has no adapter.
 */
import type * as ort from 'onnxruntime-node';
import { Exp, Input } from '../graph/ops.js';
import { emitForWebGpu } from '../onnx/emit.js';
import type { Device, Feed } from './device.js';
import { createSession, hostTensor, onnxSession } from './onnx-session.js';

const OPTIONS = { executionProviders: ['webgpu'] } as const;

export function webGpuDevice(): Device {
  const weights = new ResidentWeights();
  return { compile: (outputs) => onnxSession(emitForWebGpu(outputs), OPTIONS, (feed) => weights.tensor(feed)) };
}

/** Computes something on the adapter. Throws why it cannot. */
export async function tryWebGpu(): Promise<void> {
  const session = await webGpuDevice().compile({ y: Exp(Input('x', ['N'])) });
  const { y } = await session.run({ x: { data: Float32Array.of(0, 1), dims: [2] } });
  if (y[0] !== 1 || Math.abs(y[1]! - Math.E) > 1e-4) throw new Error(`it computes exp(0), exp(1) as ${y.join()}`);
  await session.release();
}

interface Resident {
  version: number;
  tensor: Promise<ort.Tensor>;
}

/** The copies of arrays that have a version. */
class ResidentWeights {
  private readonly held = new Map<Feed['data'], Resident>();
  /** By the number of dimensions. */
  private readonly uploads = new Map<number, Promise<ort.InferenceSession>>();

  tensor(feed: Feed): ort.Tensor | Promise<ort.Tensor> {
    const { data, version } = feed;
    if (version === undefined) return hostTensor(feed);
    const held = this.held.get(data);
    if (held?.version === version) return held.tensor;
    const tensor = this.replace(held, feed);
    this.held.set(data, { version, tensor });
    return tensor;
  }

  private async replace(held: Resident | undefined, feed: Feed): Promise<ort.Tensor> {
    if (held) (await held.tensor).dispose();
    const session = await this.upload(feed.dims.length);
    const { y } = await session.run({ x: hostTensor(feed) });
    return y!;
  }

  /** The provider has no other way to fill a tensor that it keeps than to compute it. */
  private upload(rank: number): Promise<ort.InferenceSession> {
    let session = this.uploads.get(rank);
    if (!session) {
      const x = Input(
        'x',
        Array.from({ length: rank }, (_, i) => `d${i}`),
      );
      const { bytes } = emitForWebGpu({ y: x });
      session = createSession(bytes, { ...OPTIONS, preferredOutputLocation: 'gpu-buffer' });
      this.uploads.set(rank, session);
    }
    return session;
  }
}
