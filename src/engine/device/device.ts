/** The port between graphs and whatever runs them. What is outside this folder knows neither ONNX Runtime nor its providers. */
import type { Node } from '../graph/node.js';

export type FloatArray = Float32Array | Float64Array;

export interface Feed {
  /** Bytes are bool. */
  data: FloatArray | Int32Array | Uint8Array;
  dims: readonly number[];
  /** Of weights: goes up when they change. A device may keep its copy of the same array of the same version. */
  readonly version?: number;
}
export type Feeds = Readonly<Record<string, Feed>>;

export interface Device {
  /** Makes the graph of the named outputs ready to run. A session belongs to whoever asked for it, and is released by them. */
  compile: <Name extends string>(outputs: Readonly<Record<Name, Node>>) => Promise<Session<Name>>;
}

/** A graph that is ready to run. Holds no weights: every tensor is an input. */
export interface Session<Name extends string> {
  /** Output arrays by name, on the host. Throws a TypeError that names a missing or misshapen input. */
  run: (feeds: Feeds) => Promise<Record<Name, FloatArray>>;
  release: () => Promise<void>;
}
