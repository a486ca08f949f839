/** Turns a graph of nodes into an ONNX model: one emitter per kind. Plans nothing and runs nothing. */
import { topologicalOrder, type DType, type Node, type OpKind } from '../graph/node.js';
import { ShapeError, type Dim, type Shape } from '../graph/shape.js';
import {
  ElementType,
  encodeAround,
  encodeModel,
  type AttributeValue,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueProto,
} from './proto.js';

export type Precision = 'float32' | 'float64';

export interface EmittedModel {
  bytes: Uint8Array;
  inputs: readonly Node<'Input'>[];
}

/** `outputs` by name; the inputs are the Input nodes that they depend on. */
export function emit(outputs: Readonly<Record<string, Node>>, precision: Precision): EmittedModel {
  const { graph, inputs } = emitGraph(outputs, precision, 'onnxruntime');
  return { bytes: encodeModel(graph), inputs };
}

/** The same in float32 with the values of some inputs, which then are none, in the model. Together they must stay below 2 GiB. */
export function emitWith(
  outputs: Readonly<Record<string, Node>>,
  constants: ReadonlyMap<string, Float32Array>,
): EmittedModel {
  const { graph, inputs } = emitGraph(outputs, 'float32', 'onnxruntime');
  const isConstant = ({ name }: { name: string }) => constants.has(name);
  const values = inputs
    .filter(({ attributes }) => isConstant(attributes))
    .map(({ attributes: { name }, shape }) => {
      const { buffer, byteOffset, byteLength } = constants.get(name)!;
      const dims = shape.map(Number);
      return {
        name,
        type: ElementType.float,
        dims,
        length: byteLength,
        data: new Uint8Array(buffer, byteOffset, byteLength),
      };
    });
  const parts = encodeAround({ ...graph, inputs: graph.inputs.filter((input) => !isConstant(input)) }, values);
  const bytes = Buffer.concat(parts.flatMap((part, i) => (i < values.length ? [part, values[i]!.data] : [part])));
  return { bytes, inputs: inputs.filter(({ attributes }) => !isConstant(attributes)) };
}

/** The same in float32 for ONNX Runtime's WebGPU provider, which has kernels for all of it: what has none runs on the CPU, with copies. */
export function emitForWebGpu(outputs: Readonly<Record<string, Node>>): EmittedModel {
  const { graph, inputs } = emitGraph(outputs, 'float32', 'webgpu');
  return { bytes: encodeModel(graph), inputs };
}

/** The same in float32 with operators of the standard only, for any runtime, and not encoded yet. */
export function emitStandard(outputs: Readonly<Record<string, Node>>): GraphProto {
  return emitGraph(outputs, 'float32', 'standard').graph;
}

function emitGraph(outputs: Readonly<Record<string, Node>>, precision: Precision, operators: Operators) {
  const order = topologicalOrder(Object.values(outputs));
  const emitter = new Emitter(order, precision, operators);
  for (const node of order) emitter.visit(node);
  const values = Object.entries(outputs).map(([name, node]) => emitter.output(name, node));
  const inputs = order.filter((node): node is Node<'Input'> => node.kind === 'Input');
  const graph: GraphProto = {
    nodes: emitter.nodes,
    initializers: [...emitter.initializers.values()],
    inputs: inputs.map((node) => emitter.value(node.attributes.name, node)),
    outputs: values,
  };
  return { graph, inputs };
}

/** Those of the standard, with ONNX Runtime's own beside them, or those of the standard that its WebGPU provider has. */
type Operators = 'standard' | 'onnxruntime' | 'webgpu';

class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers = new Map<string, TensorProto>();
  private readonly names = new Map<Node, string>();
  /** Where a symbol's size can be read: an input and one of its axes. */
  private readonly symbols = new Map<string, { input: string; axis: number }>();
  /** Tensors that hold sizes, by the shape they are of. */
  private readonly computedSizes = new Map<string, string>();
  private readonly readSizes = new Map<Dim, string>();
  private readonly emitted = new Map<string, string>();

  constructor(
    order: readonly Node[],
    private readonly precision: Precision,
    readonly operators: Operators,
  ) {
    for (const node of order) {
      if (node.kind !== 'Input') continue;
      const { name } = (node as Node<'Input'>).attributes;
      node.shape.forEach((dim, axis) => {
        if (typeof dim === 'string' && !this.symbols.has(dim)) this.symbols.set(dim, { input: name, axis });
      });
    }
  }

  visit<K extends OpKind>(node: Node<K>): void {
    this.names.set(node, emitters[node.kind](this, node));
  }

  name(node: Node): string {
    const name = this.names.get(node);
    if (name === undefined) throw new ShapeError(`${node.kind} #${node.id} is used before it is emitted`);
    return name;
  }

  add(op: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}, domain = ''): string {
    const output = `n${this.nodes.length}`;
    this.nodes.push({ op, inputs, output, attributes, domain });
    return output;
  }

  /** The same operator over the same inputs is emitted once. */
  once(op: string, inputs: readonly string[]): string {
    const key = [op, ...inputs].join();
    const known = this.emitted.get(key) ?? this.add(op, inputs);
    this.emitted.set(key, known);
    return known;
  }

  standard(op: string, node: Node, attributes: Record<string, AttributeValue> = {}): string {
    return this.add(
      op,
      node.inputs.map((input) => this.name(input)),
      attributes,
    );
  }

  value(name: string, node: Node): ValueProto {
    return { name, type: this.elementType(node.dtype), dims: node.shape };
  }

  output(name: string, node: Node): ValueProto {
    this.nodes.push({ op: 'Identity', inputs: [this.name(node)], output: name });
    return this.value(name, node);
  }

  floats(dims: readonly number[], values: readonly number[]): string {
    const data = this.precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
    return this.constant(this.precision === 'float64' ? ElementType.double : ElementType.float, dims, data);
  }

  int32s(values: readonly number[]): string {
    return this.constant(ElementType.int32, [values.length], Int32Array.from(values));
  }

  int64s(values: readonly number[]): string {
    return this.constant(ElementType.int64, [values.length], BigInt64Array.from(values, BigInt));
  }

  get isDouble(): boolean {
    return this.precision === 'float64';
  }

  /** The int64 tensor that Reshape takes: 0 copies the input's size, -1 is inferred, more unknowns are read from the inputs. */
  reshapeTo(shape: Shape, from: Shape): string {
    const sizes = shape.map((dim, i) => (typeof dim === 'number' ? dim : dim === from[i] ? 0 : -1));
    if (sizes.filter((size) => size === -1).length <= 1) return this.int64s(sizes);
    return this.sizes(shape);
  }

  /** All sizes of a shape as one int64 tensor, symbols read from the inputs. */
  sizes(shape: Shape): string {
    if (shape.every((dim) => typeof dim === 'number')) return this.int64s(shape);
    const key = shape.join();
    const known = this.computedSizes.get(key);
    if (known !== undefined) return known;
    const sizes = this.add(
      'Concat',
      shape.map((dim) => this.size(dim)),
      { axis: { int: 0 } },
    );
    this.computedSizes.set(key, sizes);
    return sizes;
  }

  /** One size as int64 [1]. */
  size(dim: Dim): string {
    if (typeof dim === 'number') return this.int64s([dim]);
    const known = this.readSizes.get(dim) ?? this.readSize(dim);
    this.readSizes.set(dim, known);
    return known;
  }

  private readSize(dim: string): string {
    const symbol = this.symbols.get(dim);
    if (symbol) {
      return this.add('Shape', [symbol.input], { start: { int: symbol.axis }, end: { int: symbol.axis + 1 } });
    }
    const terms = dim.split('+');
    if (terms.length > 1) return terms.map((term) => this.size(term)).reduce((a, b) => this.add('Add', [a, b]));
    const factors = dim.split('*');
    if (factors.length < 2) throw new ShapeError(`no input has a dimension ${dim}`);
    return factors
      .map((factor) => this.size(/^\d+$/.test(factor) ? Number(factor) : factor))
      .reduce((a, b) => this.add('Mul', [a, b]));
  }

  cast(x: string, dtype: DType): string {
    return this.add('Cast', [x], { to: { int: this.elementType(dtype) } });
  }

  private elementType(dtype: DType): ElementType {
    if (dtype === 'float') return this.isDouble ? ElementType.double : ElementType.float;
    return ElementType[dtype];
  }

  private constant(type: ElementType, dims: readonly number[], values: ArrayBufferView): string {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const key = `${type}:${dims.join()}:${Buffer.from(data).toString('base64')}`;
    const known = this.initializers.get(key);
    if (known) return known.name;
    const name = `c${this.initializers.size}`;
    this.initializers.set(key, { name, type, dims, data });
    return name;
  }
}

type EmitterTable = { readonly [K in OpKind]: (e: Emitter, node: Node<K>) => string };

const emitters: EmitterTable = {
  Input: (_, node) => node.attributes.name,
  Constant: (e, node) => e.floats([], [node.attributes.value]),
  Iota: emitIota,
  Cast: (e, node) => e.cast(e.name(node.inputs[0]!), node.dtype),
  Add: (e, node) => e.standard('Add', node),
  Sub: (e, node) => e.standard('Sub', node),
  Mul: (e, node) => e.standard('Mul', node),
  Div: (e, node) => e.standard('Div', node),
  Maximum: (e, node) => e.standard('Max', node),
  Minimum: (e, node) => e.standard('Min', node),
  LessOrEqual: (e, node) => e.standard('LessOrEqual', node),
  Equal: (e, node) => e.standard('Equal', node),
  Where: (e, node) => e.standard('Where', node),
  Neg: (e, node) => e.standard('Neg', node),
  Exp: (e, node) => e.standard('Exp', node),
  Sqrt: (e, node) => e.standard('Sqrt', node),
  Sigmoid: (e, node) => e.standard('Sigmoid', node),
  StopGradient: (e, node) => e.name(node.inputs[0]!),
  Softmax: (e, node) => e.standard('Softmax', node, { axis: { int: -1 } }),
  LogSoftmax: emitLogSoftmax,
  MatMul: emitMatMul,
  Reshape: (e, node) => {
    const x = node.inputs[0]!;
    return e.add('Reshape', [e.name(x), e.reshapeTo(node.attributes.shape, x.shape)]);
  },
  Transpose: (e, node) => e.standard('Transpose', node, { perm: { ints: node.attributes.permutation } }),
  Expand: (e, node) => e.add('Expand', [e.name(node.inputs[0]!), e.sizes(node.attributes.shape)]),
  ReduceSum: (e, node) =>
    e.add('ReduceSum', [e.name(node.inputs[0]!), e.int64s(node.attributes.axes)], { keepdims: { int: 1 } }),
  Concat: (e, node) => e.standard('Concat', node, { axis: { int: node.attributes.axis } }),
  Rope: emitRope,
  RmsNorm: emitRmsNorm,
  Slice: (e, node) => {
    const x = node.inputs[0]!;
    const { axis, from, to } = node.attributes;
    const end = to === x.shape[axis] ? e.int64s([Number.MAX_SAFE_INTEGER]) : e.size(to);
    return e.add('Slice', [e.name(x), e.size(from), end, e.int64s([axis])]);
  },
  GatherRows: (e, node) => e.standard('Gather', node, { axis: { int: 0 } }),
  AppendZeroRow: (e, node) => {
    const width = node.shape[1] as number;
    const zeros = e.floats(
      [1, width],
      Array.from({ length: width }, () => 0),
    );
    return e.add('Concat', [e.name(node.inputs[0]!), zeros], { axis: { int: 0 } });
  },
  PickColumn: (e, node) => {
    const [x, index] = node.inputs.map((input) => e.name(input)) as [string, string];
    return e.add('GatherElements', [x, e.add('Reshape', [index, e.int64s([-1, 1])])], { axis: { int: 1 } });
  },
};

/** Symbolic sizes are int64 when the graph runs, and counted from until the last step. */
function emitIota(e: Emitter, node: Node<'Iota'>): string {
  const { size, start } = node.attributes;
  if (typeof size === 'number' && typeof start === 'number') {
    return e.int32s(Array.from({ length: size }, (_, i) => start + i));
  }
  const scalar = (x: string) => e.add('Squeeze', [x]);
  const end = start === 0 ? e.size(size) : e.add('Add', [e.size(start), e.size(size)]);
  const counted = e.add('Range', [scalar(e.size(start)), scalar(end), scalar(e.int64s([1]))]);
  return e.cast(counted, 'int32');
}

/** On WebGPU from its parts: x - max(x) - log Σ exp(x - max(x)). */
function emitLogSoftmax(e: Emitter, node: Node<'LogSoftmax'>): string {
  if (e.operators !== 'webgpu') return e.standard('LogSoftmax', node, { axis: { int: -1 } });
  const last = { keepdims: { int: 1 } };
  const axis = e.int64s([-1]);
  const x = e.name(node.inputs[0]!);
  const shifted = e.add('Sub', [x, e.add('ReduceMax', [x, axis], last)]);
  const sum = e.add('ReduceSum', [e.add('Exp', [shifted]), axis], last);
  return e.add('Sub', [shifted, e.add('Log', [sum])]);
}

/** ONNX Runtime's own operator rotates by half tables [T, D / 2] and takes the heads of a token side by side. */
function emitRope(e: Emitter, node: Node<'Rope'>): string {
  const [x, cos, sin] = node.inputs.map((input) => e.name(input)) as [string, string, string];
  const { inverse } = node.attributes;
  const [, heads, width] = node.shape as [Dim, number, number];
  const half = (of: string, from: number, to: number) =>
    e.once('Slice', [of, e.int64s([from]), e.int64s([to]), e.int64s([2])]);
  if (e.operators === 'onnxruntime' && !e.isDouble && node.dtype === 'float') {
    const table = (of: string) => e.once('Reshape', [of, e.int64s([-1, width / 2])]);
    const sines = half(sin, width / 2, width);
    const given = node.inputs[0]!;
    const source = given.kind === 'Reshape' ? e.name(given.inputs[0]!) : x;
    const rotated = e.add(
      'RotaryEmbedding',
      [
        e.add('Reshape', [source, e.int64s([1, -1, heads * width])]),
        e.int64s([0]),
        table(half(cos, 0, width / 2)),
        table(inverse ? e.once('Neg', [sines]) : sines),
      ],
      {},
      'com.microsoft',
    );
    return e.add('Reshape', [rotated, e.int64s([-1, heads, width])]);
  }
  const swapped = e.add('Concat', [half(x, width / 2, width), half(x, 0, width / 2)], { axis: { int: 2 } });
  return e.add(inverse ? 'Sub' : 'Add', [e.add('Mul', [x, cos]), e.add('Mul', [swapped, sin])]);
}

/** One operator where the runtime has it, else x / sqrt(mean(x²) + ε) · weight. */
function emitRmsNorm(e: Emitter, node: Node<'RmsNorm'>): string {
  const [x, weight] = node.inputs.map((input) => e.name(input)) as [string, string];
  const { epsilon } = node.attributes;
  const axis = node.shape.length - 1;
  if (e.operators === 'onnxruntime') {
    return e.add('SimplifiedLayerNormalization', [x, weight], { axis: { int: axis }, epsilon });
  }
  const width = node.shape[axis] as number;
  const squares = e.add('ReduceSum', [e.add('Mul', [x, x]), e.int64s([axis])], { keepdims: { int: 1 } });
  const mean = e.add('Add', [e.add('Mul', [squares, e.floats([], [1 / width])]), e.floats([], [epsilon])]);
  const scale = e.add('Div', [e.floats([], [1]), e.add('Sqrt', [mean])]);
  return e.add('Mul', [e.add('Mul', [x, scale]), weight]);
}

/**
 * Gemm for matrices, ONNX Runtime's FusedMatMul for stacks of them: both transpose and scale without a copy. FusedMatMul has no float64. Where it may not
 * be used the left operand is scaled, so that large products stay within half precision.
 */
function emitMatMul(e: Emitter, node: Node<'MatMul'>): string {
  const { transA, transB, alpha } = node.attributes;
  const rank = node.shape.length;
  if (rank === 2) return e.standard('Gemm', node, { transA: { int: +transA }, transB: { int: +transB }, alpha });
  if (!e.isDouble && e.operators === 'onnxruntime') {
    const operands = node.inputs.map((input) => e.name(input));
    return e.add(
      'FusedMatMul',
      operands,
      { transA: { int: +transA }, transB: { int: +transB }, alpha },
      'com.microsoft',
    );
  }
  const swap = { perm: { ints: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2] } };
  const [a, b] = node.inputs.map((input, i) =>
    [transA, transB][i] ? e.add('Transpose', [e.name(input)], swap) : e.name(input),
  ) as [string, string];
  if (alpha === 1) return e.add('MatMul', [a, b]);
  const scale = node.dtype === 'half' ? e.cast(e.floats([], [alpha]), 'half') : e.floats([], [alpha]);
  return e.add('MatMul', [e.add('Mul', [a, scale]), b]);
}
