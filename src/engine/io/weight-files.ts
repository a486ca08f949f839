/**
 * The safetensors files of a Hugging Face directory, opened and checked against its configuration by their headers alone: one file, or shards
 * with an index. Loads no weights until they are asked for.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type DecoderConfig, parameterShapes } from '../models/config.js';
import { ModelFormatError } from '../format-error.js';
import { readJson } from './read-json.js';
import { SafetensorsFile } from './safetensors.js';
import { elementsOf } from '../models/parameters.js';

export const singleFile = 'model.safetensors';
const indexFile = `${singleFile}.index.json`;

/** What safetensors calls the element types that parameters may have, and what everybody else calls them. */
const dtypes = { F64: 'float64', F32: 'float32', F16: 'float16', BF16: 'bfloat16' } as const;
export type ParameterDtype = (typeof dtypes)[keyof typeof dtypes];

function isParameterDtype(dtype: string): dtype is keyof typeof dtypes {
  return Object.hasOwn(dtypes, dtype);
}

/** The parameters of a model in their files. Close it. */
export class WeightFiles {
  private constructor(
    private readonly files: readonly SafetensorsFile[],
    private readonly holders: ReadonlyMap<string, SafetensorsFile>,
    private readonly shapes: ReadonlyMap<string, readonly number[]>,
  ) {}

  /**
   * @throws {ModelFormatError} naming every tensor that is missing, unexpected, of another shape than the configuration says, or of an element
   *   type that parameters cannot have
   */
  static async open(directory: string, config: DecoderConfig): Promise<WeightFiles> {
    const files: SafetensorsFile[] = [];
    try {
      for (const shard of await shardNames(directory)) files.push(await SafetensorsFile.open(join(directory, shard)));
      const holders = new Map(files.flatMap((file) => [...file.entries.keys()].map((name) => [name, file] as const)));
      const shapes = parameterShapes(config);
      const problems = misfits(holders, shapes, config);
      if (problems.length > 0) {
        throw new ModelFormatError(`${directory}: the tensors do not fit config.json: ${problems.join('; ')}`);
      }
      return new WeightFiles(files, holders, shapes);
    } catch (error) {
      for (const file of files) await file.close();
      throw error;
    }
  }

  /** Number of weights; tied ones once. */
  get parameterCount(): number {
    return [...this.shapes.values()].reduce((sum, shape) => sum + elementsOf(shape), 0);
  }

  /** The element types of the parameters as they are stored. */
  get dtypes(): Set<ParameterDtype> {
    const found = [...this.shapes.keys()].map((name) => this.holders.get(name)!.entries.get(name)!.dtype);
    return new Set(found.filter(isParameterDtype).map((dtype) => dtypes[dtype]));
  }

  /** All parameters as float32, by their Hugging Face names, in the order of `parameterShapes`. */
  async readAll(): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> {
    const parameters = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const name of this.shapes.keys()) parameters.set(name, await this.read(name));
    return parameters;
  }

  /** One parameter as float32. */
  read(name: string): Promise<{ shape: readonly number[]; data: Float32Array }> {
    return this.holders.get(name)!.readFloat32(name);
  }

  /**
   * Reads every weight once, a piece at a time.
   * @throws {ModelFormatError} naming the first parameter that holds NaN, or is infinite as float32
   */
  async checkValues(): Promise<void> {
    for (const name of this.shapes.keys()) {
      const file = this.holders.get(name)!;
      const { dtype } = file.entries.get(name)!;
      for await (const piece of file.bytes(name)) {
        if (!isParameterDtype(dtype) || areFinite[dtype](piece)) continue;
        throw new ModelFormatError(
          `${basename(file.path)}: the tensor "${name}" holds NaN or infinity: bring a checkpoint from before the training diverged, or one saved in a wider type`,
        );
      }
    }
  }

  /** Whether a tied model brings an output layer of its own that differs from its embedding. */
  async hasOwnHead(): Promise<boolean> {
    const [head, embedding] = ['lm_head.weight', 'model.embed_tokens.weight'] as const;
    const [one, other] = [this.holders.get(head), this.holders.get(embedding)];
    if (this.shapes.has(head) || !one || !other) return false;
    const [a, b] = [one.entries.get(head)!, other.entries.get(embedding)!];
    if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return true;
    const pieces = other.bytes(embedding);
    for await (const piece of one.bytes(head)) {
      const { value } = await pieces.next();
      if (!value || Buffer.compare(piece, value as Uint8Array) !== 0) return true;
    }
    return false;
  }

  async close(): Promise<void> {
    for (const file of this.files) await file.close();
  }
}

/** Whether all numbers are finite, by the bits of their exponents. */
const areFinite: { readonly [D in keyof typeof dtypes]: (bytes: Uint8Array<ArrayBuffer>) => boolean } = {
  F64: ({ buffer, length }) =>
    new Float64Array(buffer, 0, length / 8).every((value) => Number.isFinite(Math.fround(value))),
  F32: ({ buffer, length }) =>
    new Uint32Array(buffer, 0, length / 4).every((bits) => (bits & 0x7f800000) !== 0x7f800000),
  BF16: ({ buffer, length }) => new Uint16Array(buffer, 0, length / 2).every((bits) => (bits & 0x7f80) !== 0x7f80),
  F16: ({ buffer, length }) => new Uint16Array(buffer, 0, length / 2).every((bits) => (bits & 0x7c00) !== 0x7c00),
};

async function shardNames(directory: string): Promise<string[]> {
  const files = await readdir(directory);
  if (files.includes(singleFile)) return [singleFile];
  if (!files.includes(indexFile)) {
    throw new ModelFormatError(`${directory}: has neither ${singleFile} nor ${indexFile}`);
  }
  const { weight_map: map } = await readJson(join(directory, indexFile));
  const shards = new Set(Object.values((map ?? {}) as Record<string, unknown>).map(String));
  for (const shard of shards) {
    if (basename(shard) !== shard || !files.includes(shard)) {
      throw new ModelFormatError(
        `${directory}: ${indexFile} names the shard ${JSON.stringify(shard)}, which is not there`,
      );
    }
  }
  return [...shards].sort();
}

/** What is wrong with the tensors, one entry for each kind of fault. */
function misfits(
  holders: ReadonlyMap<string, SafetensorsFile>,
  shapes: ReadonlyMap<string, readonly number[]>,
  config: DecoderConfig,
): string[] {
  const missing = [...shapes.keys()].filter((name) => !holders.has(name));
  const unexpected = [...holders.keys()].filter((name) => !shapes.has(name) && !isRedundant(name, config));
  const misshapen: string[] = [];
  const untrainable: string[] = [];
  for (const [name, shape] of shapes) {
    const found = holders.get(name)?.entries.get(name);
    if (!found) continue;
    if (found.shape.join() !== shape.join()) {
      misshapen.push(`${name} is [${found.shape.join(', ')}], not [${shape.join(', ')}]`);
    }
    if (!isParameterDtype(found.dtype)) untrainable.push(`${name} is ${found.dtype}`);
  }
  const told = (kind: string, names: readonly string[], remedy = '') =>
    names.length > 0 ? [`${kind}: ${listed(names)}${remedy}`] : [];
  return [
    ...told('missing', missing),
    ...told('unexpected', unexpected),
    ...told('misshapen', misshapen),
    ...told('not floating point', untrainable, ' (save them as float32, float16 or bfloat16)'),
  ];
}

/** Tensors that checkpoints hold beside the parameters: tables of rotary frequencies, and the output layer of tied embeddings. */
function isRedundant(name: string, config: DecoderConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (config.tieEmbeddings && name === 'lm_head.weight');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
