/** Runs graphs on onnxruntime-node's CPU provider. */
import { emit, type Precision } from '../onnx/emit.js';
import type { Device } from './device.js';
import { onnxSession } from './onnx-session.js';

/**
 * @param threads intra-op; 0 lets ONNX Runtime choose
 * @param precision of the graphs' floats: `float64` is for checks of gradients
 */
export function cpuDevice(threads: number, precision: Precision = 'float32'): Device {
  return {
    compile: (outputs) =>
      onnxSession(emit(outputs, precision), {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // Threads that spin at barriers starve whatever else shares the cores: the worker's tools, the database.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      }),
  };
}
