/**
 * Writes an ONNX model whose weights are streamed: into the file itself, or beyond what protobuf can hold into a second one beside it. Holds one
 * tensor at a time and knows no model.
 */
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeFloats, writeFully } from '../io/safetensors.js';
import { type ElementType, ElementType as types, encodeAround, encodeModel, type GraphProto } from '../onnx/proto.js';

/** A weight of the graph, which is named like one of its inputs. */
export interface StreamedTensor {
  name: string;
  dims: readonly number[];
  dtype: 'float' | 'half';
  read: () => Promise<Float32Array>;
}

/** Readers of protobuf take 2 GiB; some hold a copy or two meanwhile. */
const MAX_INLINE_BYTES = 1.5e9;

/** What may be mapped into memory starts at a page. */
const PAGE = 4096;

/** Name of the file that holds the weights of a large model beside it. */
export function dataFile(modelPath: string): string {
  return `${modelPath}_data`;
}

/** Whether tensors of so many bytes stand in a file of their own. */
export function isExternal(tensors: readonly StreamedTensor[], maxInlineBytes = MAX_INLINE_BYTES): boolean {
  return tensors.reduce((sum, tensor) => sum + byteLength(tensor), 0) > maxInlineBytes;
}

/** Writes `path` and, where the weights are too large for it, `dataFile(path)`. Throws FloatRangeError where a value does not fit into half precision. */
export async function writeOnnxFile(
  path: string,
  graph: GraphProto,
  tensors: readonly StreamedTensor[],
  maxInlineBytes = MAX_INLINE_BYTES,
): Promise<void> {
  const stored = new Set(tensors.map(({ name }) => name));
  const model: GraphProto = { ...graph, inputs: graph.inputs.filter(({ name }) => !stored.has(name)) };
  await rm(dataFile(path), { force: true });
  if (isExternal(tensors, maxInlineBytes)) await writeBeside(path, model, tensors);
  else await writeInside(path, model, tensors);
}

async function writeInside(path: string, model: GraphProto, tensors: readonly StreamedTensor[]): Promise<void> {
  const parts = encodeAround(
    model,
    tensors.map((tensor) => ({ ...head(tensor), length: byteLength(tensor) })),
  );
  await writing(path, async (file) => {
    await writeFully(file, parts[0]!);
    for (const [i, tensor] of tensors.entries()) {
      await writeTensor(file, tensor);
      await writeFully(file, parts[i + 1]!);
    }
  });
}

async function writeBeside(path: string, model: GraphProto, tensors: readonly StreamedTensor[]): Promise<void> {
  const location = basename(dataFile(path));
  let end = 0;
  const placed = tensors.map((tensor) => {
    const offset = Math.ceil(end / PAGE) * PAGE;
    const gap = offset - end;
    const length = byteLength(tensor);
    end = offset + length;
    return { tensor, gap, external: { ...head(tensor), location, offset, length } };
  });
  await writing(dataFile(path), async (file) => {
    for (const { tensor, gap } of placed) {
      await writeFully(file, new Uint8Array(gap));
      await writeTensor(file, tensor);
    }
  });
  const initializers = [...model.initializers, ...placed.map(({ external }) => external)];
  await writing(path, (file) => writeFully(file, encodeModel({ ...model, initializers })));
}

async function writing(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, 'w');
  try {
    await write(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function writeTensor(file: FileHandle, { name, dtype, read }: StreamedTensor): Promise<void> {
  await writeFloats(file, name, await read(), dtype === 'half' ? 'F16' : 'F32');
}

function byteLength({ dims, dtype }: StreamedTensor): number {
  return dims.reduce((product, n) => product * n, dtype === 'half' ? 2 : 4);
}

function head({ name, dims, dtype }: StreamedTensor): { name: string; dims: readonly number[]; type: ElementType } {
  return { name, dims, type: types[dtype] };
}
