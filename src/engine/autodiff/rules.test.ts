/** Every gradient rule against central finite differences, both in float64 graphs. */
import { expect, test } from 'vitest';
import type { Node, OpKind } from '../graph/node.js';
import * as ops from '../graph/ops.js';
import { uniform } from '../random.js';
import { cpuDevice } from '../device/cpu.js';
import type { Feeds } from '../device/device.js';
import { gradient } from './gradient.js';
import { rules } from './rules.js';

const { Input, Mul, Add } = ops;

interface Case {
  build: (x: Node[]) => Node;
  shapes: number[][];
  /** Keeps values where the function is smooth. */
  from?: number;
  feeds?: Feeds;
}

const int32 = (values: number[], dims = [values.length]) => ({ data: Int32Array.from(values), dims });
const binary = (op: (a: Node, b: Node) => Node): Case[] => [
  {
    build: ([a, b]) => op(a!, b!),
    shapes: [
      [3, 4],
      [3, 4],
    ],
    from: 0.5,
  },
  {
    build: ([a, b]) => op(a!, b!),
    shapes: [
      [2, 3, 4],
      [3, 1],
    ],
    from: 0.5,
  },
  { build: ([a]) => op(a!, Mul(a!, a!)), shapes: [[5]], from: 0.5 },
];
const unary = (op: (x: Node) => Node, from = -1): Case[] => [{ build: ([x]) => op(x!), shapes: [[3, 4]], from }];
const matmul = (batch: number[], transA: boolean, transB: boolean): Case => ({
  build: ([a, b]) => ops.MatMul(a!, b!, { transA, transB, alpha: 0.7 }),
  shapes: [
    [...batch, ...(transA ? [4, 3] : [3, 4])],
    [...batch, ...(transB ? [5, 4] : [4, 5])],
  ],
});

const cases: { readonly [K in OpKind]: Case[] } = {
  Input: [],
  Constant: [],
  Iota: [],
  Cast: [],
  LessOrEqual: [],
  Equal: [],
  Concat: [],
  AppendZeroRow: [],
  Add: binary(ops.Add),
  Sub: binary(ops.Sub),
  Mul: binary(ops.Mul),
  Div: binary(ops.Div),
  Maximum: binary((a, b) => ops.Maximum(a, Mul(b, ops.Constant(0.9)))),
  Minimum: binary((a, b) => ops.Minimum(a, Mul(b, ops.Constant(0.9)))),
  Where: [
    {
      build: ([a, b]) => ops.Where(ops.LessOrEqual(a!, ops.Constant(0)), a!, b!),
      shapes: [
        [3, 4],
        [3, 1],
      ],
    },
    { build: ([a, b]) => ops.Where(ops.LessOrEqual(a!, ops.Constant(0)), b!, a!), shapes: [[3, 4], [4]] },
  ],
  Neg: unary(ops.Neg),
  Exp: unary(ops.Exp),
  Sqrt: unary(ops.Sqrt, 0.5),
  Sigmoid: unary(ops.Sigmoid),
  StopGradient: [],
  Softmax: unary(ops.Softmax),
  LogSoftmax: unary(ops.LogSoftmax),
  MatMul: [[], [2], [2, 3]].flatMap((batch) =>
    [0, 1, 2, 3].map((flags) => matmul(batch, (flags & 1) > 0, (flags & 2) > 0)),
  ),
  Reshape: [{ build: ([x]) => ops.Reshape(x!, [4, 3]), shapes: [[3, 4]] }],
  Transpose: [{ build: ([x]) => ops.Transpose(x!, [2, 0, 1]), shapes: [[2, 3, 4]] }],
  Expand: [{ build: ([x]) => ops.Expand(x!, [2, 3, 4]), shapes: [[3, 1]] }],
  ReduceSum: [{ build: ([x]) => ops.ReduceSum(x!, [0, 2]), shapes: [[2, 3, 4]] }],
  RmsNorm: [
    [3, 4],
    [2, 3, 4],
  ].map((shape) => ({ build: ([x, w]) => ops.RmsNorm(x!, w!, 1e-2), shapes: [shape, [4]] })),
  Slice: [],
  Rope: [false, true].map((inverse) => ({
    build: ([x, angles]) => {
      const table = (kind: string) => ops.Reshape(Input(kind, [3, 1, 4]), [3, 1, 4]);
      return Add(ops.Rope(x!, table('cos'), table('sin'), inverse), Mul(angles!, ops.Constant(0)));
    },
    shapes: [[3, 2, 4], [1]],
    feeds: {
      cos: {
        data: Float64Array.from({ length: 12 }, (_, i) => Math.cos(i % 2) * (1 + Math.floor(i / 4))),
        dims: [3, 1, 4],
      },
      sin: {
        data: Float64Array.from({ length: 12 }, (_, i) => (i % 4 < 2 ? -1 : 1) * Math.sin(1 + (i % 2))),
        dims: [3, 1, 4],
      },
    },
  })),
  GatherRows: [
    {
      build: ([x]) =>
        ops.GatherRows(x!, Input('index', [2, 2], 'int32'), {
          kind: 'unique',
          inverse: Input('inverse', [5], 'int32'),
        }),
      shapes: [[5, 3]],
      feeds: { index: int32([4, 0, 2, 1], [2, 2]), inverse: int32([1, 3, 2, 4, 0]) },
    },
    {
      build: ([x]) =>
        ops.GatherRows(x!, Input('index', [5], 'int32'), {
          kind: 'pairs',
          levels: [0, 1].map((i) => ({
            left: Input(`l${i}`, [3 - i], 'int32'),
            right: Input(`r${i}`, [3 - i], 'int32'),
          })),
        }),
      shapes: [[2, 3]],
      // Row 0 is gathered as 0, 2, 3; row 1 as 1, 4.
      feeds: {
        index: int32([0, 1, 0, 0, 1]),
        l0: int32([0, 3, 1]),
        r0: int32([2, 5, 4]),
        l1: int32([0, 2]),
        r1: int32([1, 3]),
      },
    },
  ],
  PickColumn: [
    {
      build: ([x]) => ops.PickColumn(x!, Input('index', [3], 'int32')),
      shapes: [[3, 4]],
      feeds: { index: int32([3, 0, 2]) },
    },
  ],
};

const table = Object.entries(cases).flatMap(([kind, list]) => list.map((c, i) => [`${kind} ${i}`, c] as const));

test.each(table)('%s: gradient matches finite differences', async (_, { build, shapes, from = -1, feeds = {} }) => {
  const inputs = shapes.map((shape, i) => Input(`x${i}`, shape));
  const y = build(inputs);
  // A loss with a different weight for each element, so that no two errors cancel.
  const weights = Input('weights', y.shape);
  const axes = y.shape.map((_, i) => i);
  const loss = ops.Reshape(ops.ReduceSum(Mul(Mul(y, y), weights), axes), []);
  const gradients = gradient(loss, inputs);
  const outputs = Object.fromEntries([['loss', loss], ...gradients.map((g, i) => [`g${i}`, g] as const)]);
  const session = await cpuDevice(1, 'float64').compile<string>(outputs);

  const size = (shape: readonly (number | string)[]) => (shape as number[]).reduce((a, b) => a * b, 1);
  const values = shapes.map((shape, i) =>
    Float64Array.from({ length: size(shape) }, (_, j) => from + 1.5 * uniform(1, i, j)),
  );
  const all: Feeds = {
    ...feeds,
    weights: {
      data: Float64Array.from({ length: size(y.shape) }, (_, j) => 0.5 + uniform(2, j)),
      dims: y.shape as number[],
    },
    ...Object.fromEntries(values.map((data, i) => [`x${i}`, { data, dims: shapes[i]! }])),
  };
  const results = await session.run(all);
  const h = 1e-5;
  for (const [i, data] of values.entries()) {
    for (let j = 0; j < data.length; j++) {
      const at = async (delta: number) => {
        const moved = Float64Array.from(data);
        moved[j]! += delta;
        return (await session.run({ ...all, [`x${i}`]: { data: moved, dims: shapes[i]! } }))['loss']![0]!;
      };
      const numeric = ((await at(h)) - (await at(-h))) / (2 * h);
      expect(Math.abs(results[`g${i}`]![j]! - numeric)).toBeLessThan(1e-7 * Math.max(1, Math.abs(numeric)));
    }
  }
  await session.release();
});

test('every rule that gives a gradient has a case', () => {
  const without = Object.entries(cases).flatMap(([kind, list]) => (list.length === 0 ? [kind] : []));
  expect(without).toEqual([
    'Input',
    'Constant',
    'Iota',
    'Cast',
    'LessOrEqual',
    'Equal',
    'Concat',
    'AppendZeroRow',
    'StopGradient',
    'Slice',
  ]);
  expect(Object.keys(cases).sort()).toEqual(Object.keys(rules).sort());
});

test('what is behind a stopped gradient counts as a constant', async () => {
  const x = Input('x', [1]);
  const loss = ops.Reshape(ops.ReduceSum(Mul(ops.StopGradient(Mul(x, x)), x), [0]), []);
  const session = await cpuDevice(1).compile({ loss, slope: gradient(loss, [x])[0]! });
  const results = await session.run({ x: { data: Float32Array.of(3), dims: [1] } });
  // x² · x, of which only the last factor is differentiated.
  expect([results.loss[0], results.slope[0]]).toEqual([27, 9]);
  await session.release();
});

test('a change of type on the way to the loss is refused', () => {
  const x = Input('x', [2]);
  const loss = ops.Reshape(ops.ReduceSum(ops.Cast(ops.Cast(x, 'half'), 'float'), [0]), []);
  expect(() => gradient(loss, [x])).toThrow(/^Cast #\d+ is never differentiated$/);
});
