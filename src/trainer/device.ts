/** What a job is computed on. */
import { cpuDevice, webGpuDevice, type Device } from '../engine/index.js';
import type { Provider } from '../spec/accelerator.js';

/** @param job `threads` are those of the CPU's kernels; 0 lets ONNX Runtime choose */
export function deviceOf({ provider, threads }: { provider: Provider; threads: number }): Device {
  return provider === 'webgpu' ? webGpuDevice() : cpuDevice(threads);
}
