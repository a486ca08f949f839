/** The port between graphs and whatever runs them. What is outside this folder knows neither ONNX Runtime nor its providers. */
import type { Node } from '../graph/node.js';

export type FloatArray = Float32Array | Float64Array;

export interface Feed {
  /** Bytes are bool. */
  data: FloatArray | Int32Array | Uint8Array;
  dims: readonly number[];
}

/** A float32 tensor that stays on its device from one run to the next. Whoever holds it disposes of it. */
export interface DeviceTensor {
  readonly dims: readonly number[];
  dispose: () => void;
}

export type Operand = Feed | DeviceTensor;
export type Feeds = Readonly<Record<string, Operand>>;

export interface Device {
  /** Makes the graph of the named outputs ready to run. A session belongs to whoever asked for it, and is released by them. */
  compile: <Name extends string>(outputs: Readonly<Record<Name, Node>>) => Promise<Session<Name>>;
  /**
   * The same with the values of some inputs built in, so that the device can lay them out once as its products read them; the session has copies of them.
   * Null where nothing is gained by it.
   */
  readonly compileWith:
    | (<Name extends string>(
        outputs: Readonly<Record<Name, Node>>,
        constants: ReadonlyMap<string, Float32Array>,
      ) => Promise<Session<Name>>)
    | null;
  /** Null where the host's memory is the device's own. */
  readonly memory: DeviceMemory | null;
}

/** A graph that is ready to run. */
export interface Session<Name extends string> {
  /** Output arrays by name, on the host. Throws a TypeError that names a missing or misshapen input. */
  run: (feeds: Feeds) => Promise<Record<Name, FloatArray>>;
  release: () => Promise<void>;
}

/** The memory of a device that is not the host's: what is large stays there, as it is slow to cross. */
export interface DeviceMemory {
  /** The same as the device's `compile`, with some of the outputs left on the device. */
  compile: (outputs: Readonly<Record<string, Node>>, kept: readonly string[]) => Promise<KeepingSession>;
  write: (feed: Feed) => Promise<DeviceTensor>;
  read: (tensor: DeviceTensor) => Promise<Float32Array>;
}

export interface KeepingSession {
  run: (feeds: Feeds) => Promise<{ host: Record<string, FloatArray>; kept: Map<string, DeviceTensor> }>;
  release: () => Promise<void>;
}

export function isOnDevice(operand: Operand): operand is DeviceTensor {
  return !('data' in operand);
}
