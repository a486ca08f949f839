/** Runs graphs on onnxruntime-node's CPU provider. */
import { emit, type Precision } from '../onnx/emit.js';
import { isOnDevice, type Device, type FloatArray, type Operand } from './device.js';
import { hostTensor, onnxSession } from './onnx-session.js';

/**
 * @param threads intra-op; 0 lets ONNX Runtime choose
 * @param precision of the graphs' floats: `float64` is for checks of gradients
 */
export function cpuDevice(threads: number, precision: Precision = 'float32'): Device {
  return {
    memory: null,
    compile: async <Name extends string>(outputs: Parameters<Device['compile']>[0]) => {
      const session = await onnxSession(
        emit(outputs, precision),
        {
          executionProviders: ['cpu'],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          // Threads that spin at barriers starve whatever else shares the cores: the worker's tools, the database.
          extra: { session: { intra_op: { allow_spinning: '0' } } },
        },
        ofHost,
      );
      return {
        run: async (feeds) => {
          const arrays = Object.entries(await session.run(feeds)).map(([name, { data }]) => [name, data]);
          return Object.fromEntries(arrays) as Record<Name, FloatArray>;
        },
        release: session.release,
      };
    },
  };
}

function ofHost(operand: Operand) {
  if (isOnDevice(operand)) throw new TypeError('a tensor of another device cannot be used on the processor');
  return hostTensor(operand);
}
