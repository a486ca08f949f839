/** Writes the part of ONNX's protobuf that our graphs need (onnx/onnx.proto, IR version 10). Knows nothing of our nodes. */
import protobuf from 'protobufjs/minimal.js';

type Writer = protobuf.Writer;

export const ElementType = { float: 1, int32: 6, int64: 7, bool: 9, double: 11 } as const;
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

export interface TensorProto {
  name: string;
  type: ElementType;
  dims: readonly number[];
  data: Uint8Array;
}

export interface ValueProto {
  name: string;
  type: ElementType;
  dims: readonly (number | string)[];
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

function writeTensor(w: Writer, tensor: TensorProto): void {
  for (const dim of tensor.dims) int(w, 1, dim);
  int(w, 2, tensor.type);
  text(w, 8, tensor.name);
  w.uint32(tag(9, Wire.bytes)).bytes(tensor.data);
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

/** A complete ModelProto: opset 21, with ONNX Runtime's own domain beside the standard one. */
export function encodeModel(graph: {
  nodes: readonly NodeProto[];
  initializers: readonly TensorProto[];
  inputs: readonly ValueProto[];
  outputs: readonly ValueProto[];
}): Uint8Array {
  const w = protobuf.Writer.create();
  int(w, 1, 10);
  text(w, 2, 'bough');
  nested(w, 7, (g) => {
    for (const node of graph.nodes) nested(g, 1, (n) => writeNode(n, node));
    text(g, 2, 'bough');
    for (const tensor of graph.initializers) nested(g, 5, (t) => writeTensor(t, tensor));
    for (const input of graph.inputs) nested(g, 11, (v) => writeValue(v, input));
    for (const output of graph.outputs) nested(g, 12, (v) => writeValue(v, output));
  });
  for (const [domain, version] of [
    ['', 21],
    ['com.microsoft', 1],
  ] as const) {
    nested(w, 8, (o) => {
      text(o, 1, domain);
      int(o, 2, version);
    });
  }
  return w.finish();
}
