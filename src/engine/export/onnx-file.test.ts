/** Streamed ONNX files, read by ONNX Runtime. */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Add, Cast, Input, MatMul } from '../graph/ops.js';
import { emitStandard } from '../onnx/emit.js';
import { isExternal, type StreamedTensor, writeOnnxFile } from './onnx-file.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'onnx-file-'));
});
afterEach(() => rm(directory, { recursive: true }));

// An odd number of half-precision elements, so that what follows is aligned only if someone sees to it.
const weight = Input('weight', [3, 1], 'half');
const bias = Input('bias', [1]);
const graph = emitStandard({ y: Add(MatMul(Input('x', ['T', 3]), Cast(weight, 'float')), bias) });
const tensors: StreamedTensor[] = [
  { name: 'weight', dims: [3, 1], dtype: 'half', read: () => Promise.resolve(Float32Array.of(1, 0.5, -2)) },
  { name: 'bias', dims: [1], dtype: 'float', read: () => Promise.resolve(Float32Array.of(0.1)) },
];

async function result(path: string): Promise<number[]> {
  const session = await ort.InferenceSession.create(path);
  expect(session.inputNames).toEqual(['x']);
  const { y } = await session.run({ x: new ort.Tensor('float32', [1, 2, 3, 4, 6, 8], [2, 3]) });
  return [...(y!.data as Float32Array)];
}

const expected = [-3.9, -8.9].map(Math.fround);

test('a small model holds its weights', async () => {
  const path = join(directory, 'model.onnx');
  await writeOnnxFile(path, graph, tensors);
  expect(await result(path)).toEqual(expected);
  expect(await readdir(directory)).toEqual(['model.onnx']);
});

test('a large model has them in a file beside it, each from a new page on', async () => {
  const path = join(directory, 'model.onnx');
  await writeOnnxFile(path, graph, tensors, 9);
  expect(await result(path)).toEqual(expected);
  expect((await stat(`${path}_data`)).size).toBe(4096 + 4);
});

test('what a larger model left beside a smaller one goes', async () => {
  const path = join(directory, 'model.onnx');
  await writeOnnxFile(path, graph, tensors, 9);
  await writeOnnxFile(path, graph, tensors, 10);
  expect(await result(path)).toEqual(expected);
  expect(await readdir(directory)).toEqual(['model.onnx']);
});

test('models beyond 1.5 GB are large', () => {
  const of = (rows: number): StreamedTensor[] => [{ ...tensors[0]!, dims: [rows, 1000] }];
  expect(isExternal(of(750_000))).toBe(false);
  expect(isExternal(of(750_001))).toBe(true);
});
