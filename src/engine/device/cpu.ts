/** Runs graphs on onnxruntime-node's CPU provider. */
import { emit, emitWith, type EmittedModel, type Precision } from '../onnx/emit.js';
import { isOnDevice, type Device, type FloatArray, type Operand, type Session } from './device.js';
import { hostTensor, onnxSession } from './onnx-session.js';

/**
 * @param threads intra-op; 0 lets ONNX Runtime choose
 * @param precision of the graphs' floats: `float64` is for checks of gradients
 */
export function cpuDevice(threads: number, precision: Precision = 'float32'): Device {
  const sessionOf = async <Name extends string>(model: EmittedModel): Promise<Session<Name>> => {
    const session = await onnxSession(
      model,
      {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // Threads wait for each other awake while a graph runs, and asleep between: the cores are also the database's and the tools'.
        extra: { session: { intra_op: { allow_spinning: '1' }, force_spinning_stop: '1' } },
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
  };
  return {
    memory: null,
    compile: (outputs) => sessionOf(emit(outputs, precision)),
    // ONNX Runtime packs a constant matrix once, and one that is fed at every product anew.
    compileWith: precision === 'float32' ? (outputs, constants) => sessionOf(emitWith(outputs, constants)) : null,
  };
}

function ofHost(operand: Operand) {
  if (isOnDevice(operand)) throw new TypeError('a tensor of another device cannot be used on the processor');
  return hostTensor(operand);
}
