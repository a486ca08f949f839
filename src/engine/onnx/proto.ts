/** Writes the part of ONNX's protobuf that our graphs need (onnx/onnx.proto, IR version 10). Knows nothing of our nodes. */
import protobuf from 'protobufjs/minimal.js';

type Writer = protobuf.Writer;

export const ElementType = { float: 1, int32: 6, int64: 7, bool: 9, half: 10, double: 11 } as const;
export type ElementType = (typeof ElementType)[keyof typeof ElementType];

export type AttributeValue = number | { int: number } | { ints: readonly number[] };

export interface NodeProto {
  op: string;
  domain?: string;
  inputs: readonly string[];
  output: string;
  /** A bare number is a float attribute. */
  attributes?: Readonly<Record<string, AttributeValue>>;
}

interface TensorHead {
  name: string;
  type: ElementType;
  dims: readonly number[];
}

/** A tensor whose bytes are at hand. */
export interface TensorProto extends TensorHead {
  data: Uint8Array;
}

/** A tensor in a file beside the model's. */
export interface ExternalTensor extends TensorHead {
  location: string;
  offset: number;
  length: number;
}

/** A tensor whose bytes are written into the model's file by someone else. */
export interface DeferredTensor extends TensorHead {
  length: number;
}

export interface ValueProto {
  name: string;
  type: ElementType;
  dims: readonly (number | string)[];
}

export interface GraphProto {
  nodes: readonly NodeProto[];
  initializers: readonly (TensorProto | ExternalTensor)[];
  inputs: readonly ValueProto[];
  outputs: readonly ValueProto[];
}

const enum Wire {
  varint = 0,
  bytes = 2,
  fixed32 = 5,
}
const tag = (field: number, wire: Wire) => (field << 3) | wire;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;

function text(w: Writer, field: number, value: string): void {
  w.uint32(tag(field, Wire.bytes)).string(value);
}
function int(w: Writer, field: number, value: number): void {
  w.uint32(tag(field, Wire.varint)).int64(value);
}
function nested(w: Writer, field: number, write: (w: Writer) => void): void {
  w.uint32(tag(field, Wire.bytes)).fork();
  write(w);
  w.ldelim();
}

function writeAttribute(w: Writer, name: string, value: AttributeValue): void {
  text(w, 1, name);
  if (typeof value === 'number') {
    w.uint32(tag(2, Wire.fixed32)).float(value);
    int(w, 20, ATTRIBUTE_TYPE.float);
  } else if ('int' in value) {
    int(w, 3, value.int);
    int(w, 20, ATTRIBUTE_TYPE.int);
  } else {
    for (const i of value.ints) int(w, 8, i);
    int(w, 20, ATTRIBUTE_TYPE.ints);
  }
}

function writeNode(w: Writer, node: NodeProto): void {
  for (const input of node.inputs) text(w, 1, input);
  text(w, 2, node.output);
  text(w, 3, node.output);
  text(w, 4, node.op);
  for (const [name, value] of Object.entries(node.attributes ?? {}))
    nested(w, 5, (a) => writeAttribute(a, name, value));
  if (node.domain) text(w, 7, node.domain);
}

const DATA_LOCATION_EXTERNAL = 1;

function writeTensorHead(w: Writer, tensor: TensorHead): void {
  for (const dim of tensor.dims) int(w, 1, dim);
  int(w, 2, tensor.type);
  text(w, 8, tensor.name);
}

function writeTensor(w: Writer, tensor: TensorProto | ExternalTensor): void {
  writeTensorHead(w, tensor);
  if ('data' in tensor) {
    w.uint32(tag(9, Wire.bytes)).bytes(tensor.data);
    return;
  }
  for (const key of ['location', 'offset', 'length'] as const) {
    nested(w, 13, (entry) => {
      text(entry, 1, key);
      text(entry, 2, String(tensor[key]));
    });
  }
  int(w, 14, DATA_LOCATION_EXTERNAL);
}

function writeValue(w: Writer, value: ValueProto): void {
  text(w, 1, value.name);
  nested(w, 2, (type) =>
    nested(type, 1, (tensor) => {
      int(tensor, 1, value.type);
      nested(tensor, 2, (shape) => {
        for (const dim of value.dims) {
          nested(shape, 1, (d) => (typeof dim === 'number' ? int(d, 1, dim) : text(d, 2, dim)));
        }
      });
    }),
  );
}

/** A complete ModelProto: opset 21, with ONNX Runtime's own domain beside the standard one where a node is of it. */
export function encodeModel(graph: GraphProto): Uint8Array {
  return encodeAround(graph, [])[0]!;
}

/**
 * The parts of a ModelProto between which the bytes of `deferred` stand: one part more than tensors. So a model can be written without being held.
 * Together they must stay below the 2 GiB that readers of protobuf take.
 */
export function encodeAround(graph: GraphProto, deferred: readonly DeferredTensor[]): Uint8Array[] {
  const fields = encode((g) => {
    for (const node of graph.nodes) nested(g, 1, (n) => writeNode(n, node));
    text(g, 2, 'bough');
    for (const tensor of graph.initializers) nested(g, 5, (t) => writeTensor(t, tensor));
    for (const input of graph.inputs) nested(g, 11, (v) => writeValue(v, input));
    for (const output of graph.outputs) nested(g, 12, (v) => writeValue(v, output));
  });
  const heads = deferred.map((tensor) => {
    const head = encode((t) => {
      writeTensorHead(t, tensor);
      t.uint32(tag(9, Wire.bytes)).uint32(tensor.length);
    });
    const prefix = encode((g) => g.uint32(tag(5, Wire.bytes)).uint32(head.length + tensor.length));
    return Buffer.concat([prefix, head]);
  });
  const graphLength = deferred.reduce((sum, { length }, i) => sum + heads[i]!.length + length, fields.length);
  const start = encode((w) => {
    int(w, 1, 10);
    text(w, 2, 'bough');
    w.uint32(tag(7, Wire.bytes)).uint32(graphLength);
  });
  const end = encode((w) => {
    writeOpset(w, '', 21);
    if (graph.nodes.some(({ domain }) => domain === 'com.microsoft')) writeOpset(w, 'com.microsoft', 1);
  });
  const [first, ...rest] = [...heads, end];
  return [Buffer.concat([start, fields, first]), ...rest];
}

function encode(write: (w: Writer) => void): Uint8Array {
  const w = protobuf.Writer.create();
  write(w);
  return w.finish();
}

function writeOpset(w: Writer, domain: string, version: number): void {
  nested(w, 8, (o) => {
    text(o, 1, domain);
    int(o, 2, version);
  });
}
