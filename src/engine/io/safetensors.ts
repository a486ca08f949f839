/**
 * Reads and writes safetensors files: tensors go straight between the file and their typed arrays, one at a time.
 * Not a model: names and shapes mean nothing here. Assumes a little-endian machine, as the format is little-endian.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half-floats.js';
import { ModelFormatError } from '../format-error.js';

export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** A dense row-major array in host memory. */
export interface HostTensor {
  shape: readonly number[];
  data: TensorData;
}

/** Element types that can be read; F16 and BF16 are widened to Float32Array. */
type TensorDtype = 'F64' | 'F32' | 'F16' | 'BF16' | 'I32' | 'I64';

/** Where a tensor lies: `begin` and `end` are byte offsets in the file. */
export interface TensorEntry {
  dtype: string;
  shape: readonly number[];
  begin: number;
  end: number;
}

const bytesPerElement: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
};
const maxHeaderBytes = 100_000_000;
const chunkBytes = 8 << 20;

/** The bytes of a typed array, without copying. */
function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < target.length;) {
    const { bytesRead } = await file.read(target, done, Math.min(target.length - done, 1 << 30), position + done);
    if (bytesRead === 0) throw new ModelFormatError('the file ended while it was read');
    done += bytesRead;
  }
}

function parseEntry(name: string, value: unknown, fail: (why: string) => never): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const areSizes = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (typeof dtype !== 'string' || !areSizes(shape) || !areSizes(offsets) || offsets.length !== 2) {
    fail(`tensor "${name}" has a malformed header entry`);
  }
  const size = bytesPerElement[dtype];
  if (size === undefined) fail(`tensor "${name}" has the unknown dtype ${dtype}`);
  const [begin, end] = offsets as [number, number];
  if (end - begin !== shape.reduce((product, n) => product * n, size)) {
    fail(`tensor "${name}" is ${dtype} [${shape.join(', ')}] but has ${end - begin} bytes`);
  }
  return { dtype, shape, begin, end };
}

/** Checks the header against the file: sizes, order without gaps or overlaps, and that all the data is there. */
function parseHeader(header: string, dataStart: number, fileSize: number, fail: (why: string) => never) {
  let json: unknown;
  try {
    json = JSON.parse(header);
  } catch {
    fail('the header is not JSON');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail('the header is not a JSON object');
  const { __metadata__: metadata = {}, ...rest } = json as Record<string, unknown>;
  const entries = new Map(Object.entries(rest).map(([name, value]) => [name, parseEntry(name, value, fail)]));
  let offset = 0;
  for (const [name, entry] of [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < offset) fail(`tensor "${name}" overlaps the tensor before it`);
    if (entry.begin > offset) fail(`there are ${entry.begin - offset} unused bytes before tensor "${name}"`);
    offset = entry.end;
    if (dataStart + offset > fileSize) {
      fail(`truncated: tensor "${name}" ends at byte ${dataStart + offset}, the file has ${fileSize}`);
    }
    entry.begin += dataStart;
    entry.end += dataStart;
  }
  if (dataStart + offset < fileSize) fail(`there are ${fileSize - dataStart - offset} bytes after the last tensor`);
  return { entries, metadata: metadata as Record<string, string> };
}

/** An open safetensors file, its header checked. Close it. */
export class SafetensorsFile {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    readonly entries: ReadonlyMap<string, TensorEntry>,
    readonly metadata: Readonly<Record<string, string>>,
  ) {}

  /** Throws ModelFormatError, naming file and tensor, where the header does not describe the file. */
  static async open(path: string): Promise<SafetensorsFile> {
    const fail = (why: string): never => {
      throw new ModelFormatError(`${path}: not a valid safetensors file: ${why}`);
    };
    const file = await open(path, 'r');
    try {
      const fileSize = (await file.stat()).size;
      if (fileSize < 8) fail(`it has ${fileSize} bytes`);
      const lengthBytes = Buffer.alloc(8);
      await readFully(file, lengthBytes, 0);
      const length = lengthBytes.readBigUInt64LE();
      if (length > BigInt(maxHeaderBytes)) fail(`a header of ${length} bytes is too long`);
      const dataStart = 8 + Number(length);
      if (dataStart > fileSize) fail(`truncated: the header ends at byte ${dataStart}, the file has ${fileSize}`);
      const header = Buffer.alloc(Number(length));
      await readFully(file, header, 8);
      const { entries, metadata } = parseHeader(header.toString('utf8'), dataStart, fileSize, fail);
      return new SafetensorsFile(path, file, entries, metadata);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  private entry(name: string): TensorEntry {
    const entry = this.entries.get(name);
    if (!entry) throw new ModelFormatError(`${this.path}: has no tensor "${name}"`);
    return entry;
  }

  /** Reads one tensor in its own element type, F16 and BF16 widened to float32. */
  async read(name: string): Promise<HostTensor> {
    const { dtype, shape, begin, end } = this.entry(name);
    const length = (end - begin) / bytesPerElement[dtype]!;
    const into = async (data: TensorData): Promise<HostTensor> => {
      await readFully(this.file, bytesOf(data), begin);
      return { shape, data };
    };
    switch (dtype) {
      case 'F32':
        return into(new Float32Array(length));
      case 'F64':
        return into(new Float64Array(length));
      case 'I32':
        return into(new Int32Array(length));
      case 'I64':
        return into(new BigInt64Array(length));
      case 'F16':
      case 'BF16':
        return {
          shape,
          data: await this.readHalf(begin, length, dtype === 'F16' ? float16ToFloat32 : bfloat16ToFloat32),
        };
      default:
        throw new ModelFormatError(`${this.path}: tensor "${name}" is ${dtype}, which is not supported`);
    }
  }

  /** Reads one floating-point tensor as float32, rounding F64. */
  async readFloat32(name: string): Promise<{ shape: readonly number[]; data: Float32Array }> {
    const { shape, data } = await this.read(name);
    if (data instanceof Float32Array) return { shape, data };
    if (data instanceof Float64Array) return { shape, data: Float32Array.from(data) };
    throw new ModelFormatError(`${this.path}: tensor "${name}" is ${this.entry(name).dtype}, not floating point`);
  }

  /** The bytes of one tensor as they are stored, in pieces of whole elements. A piece is overwritten by the next. */
  async *bytes(name: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const { begin, end } = this.entry(name);
    const chunk = new Uint8Array(Math.min(end - begin, chunkBytes));
    for (let at = begin; at < end; at += chunk.length) {
      const piece = chunk.subarray(0, Math.min(chunk.length, end - at));
      await readFully(this.file, piece, at);
      yield piece;
    }
  }

  private async readHalf(begin: number, length: number, widen: (from: Uint16Array, to: Float32Array) => void) {
    const data = new Float32Array(length);
    const chunk = new Uint16Array(Math.min(length, chunkBytes / 2));
    for (let done = 0; done < length; done += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, length - done));
      await readFully(this.file, bytesOf(part), begin + 2 * done);
      widen(part, data.subarray(done, done + part.length));
    }
    return data;
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Reads all tensors of a file, each in its own element type. */
export async function readSafetensors(path: string): Promise<Map<string, HostTensor>> {
  const file = await SafetensorsFile.open(path);
  try {
    const tensors = new Map<string, HostTensor>();
    for (const name of file.entries.keys()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}

/** The types in which a Float32Array can be written; the shorter ones round to nearest even. */
export type StorageDtype = 'F32' | 'BF16' | 'F16';

/** A tensor to write; without a `dtype` the element type is that of `data`. */
export interface WritableTensor extends HostTensor {
  dtype?: StorageDtype;
}

/** A tensor that is read when its turn to be written has come: a file of any size is converted in the memory that its largest tensor needs. */
export interface StreamedTensor {
  shape: readonly number[];
  dtype: StorageDtype;
  read(): Promise<Float32Array>;
}

/** A value is too large for the type that it was to be written in. */
export class FloatRangeError extends Error {
  override readonly name = 'FloatRangeError';

  constructor(tensor: string, value: number, index: number, dtype: 'F16' | 'BF16') {
    const end = dtype === 'F16' ? 'float16 ends at 65504' : 'bfloat16 ends at 3.39e38';
    super(`tensor "${tensor}" holds ${value} at index ${index}, and ${end}`);
  }
}

const elementsOf = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

function sizeMismatch(name: string, shape: readonly number[], elements: number): RangeError {
  return new RangeError(`tensor "${name}" of shape [${shape.join(', ')}] has ${elements} elements`);
}

function dtypeOf(name: string, tensor: WritableTensor | StreamedTensor): TensorDtype {
  if ('read' in tensor) return tensor.dtype;
  const { data, dtype, shape } = tensor;
  if (elementsOf(shape) !== data.length) throw sizeMismatch(name, shape, data.length);
  if (dtype && !(data instanceof Float32Array))
    throw new TypeError(`tensor "${name}" must be float32 to be written as ${dtype}`);
  if (dtype) return dtype;
  if (data instanceof Float32Array) return 'F32';
  if (data instanceof Float64Array) return 'F64';
  return data instanceof Int32Array ? 'I32' : 'I64';
}

/**
 * Writes tensors to a new file, or over an existing one, and flushes it to the disk. The same tensors always give the same bytes: wider
 * elements first, so that each tensor is aligned, then by name. Throws FloatRangeError, and leaves the file unfinished, where a value does not fit.
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, WritableTensor | StreamedTensor>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): Promise<void> {
  const ordered = [...tensors]
    .map(([name, tensor]) => {
      const dtype = dtypeOf(name, tensor);
      return { name, tensor, dtype, size: bytesPerElement[dtype]! };
    })
    .sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, tensor, dtype, size } of ordered) {
    const end = offset + elementsOf(tensor.shape) * size;
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ');
  prefix.writeBigUInt64LE(BigInt(prefix.length - 8));
  json.copy(prefix, 8);
  const file = await open(path, 'w');
  try {
    await writeFully(file, prefix);
    for (const { name, tensor } of ordered) {
      const data = 'read' in tensor ? await tensor.read() : tensor.data;
      if (data.length !== elementsOf(tensor.shape)) throw sizeMismatch(name, tensor.shape, data.length);
      if (data instanceof Float32Array) await writeFloats(file, name, data, tensor.dtype ?? 'F32');
      else await writeFully(file, bytesOf(data));
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

export async function writeFully(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, Math.min(bytes.length - done, 1 << 30))).bytesWritten;
  }
}

/** Writes the numbers of the tensor `name` in an element type. Throws FloatRangeError where a value does not fit. */
export async function writeFloats(
  file: FileHandle,
  name: string,
  data: Float32Array,
  dtype: StorageDtype,
): Promise<void> {
  if (dtype === 'F32') return writeFully(file, bytesOf(data));
  const chunk = new Uint16Array(Math.min(data.length, chunkBytes / 2));
  for (let done = 0; done < data.length; done += chunk.length) {
    const part = data.subarray(done, done + chunk.length);
    const tooLarge = dtype === 'F16' ? float32ToFloat16(part, chunk) : float32ToBfloat16(part, chunk);
    if (tooLarge >= 0) throw new FloatRangeError(name, part[tooLarge]!, done + tooLarge, dtype);
    await writeFully(file, bytesOf(chunk.subarray(0, part.length)));
  }
}
