/**
 * A model as a Hugging Face directory: config.json, safetensors in one file or in shards, tokenizer files. Reads it into host
 * arrays and writes it so that transformers loads it. Not the model itself and not the tokenizer.
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type DecoderConfig,
  type ModelDtype,
  parameterShapes,
  parseHfConfig,
  parseTokenIds,
} from '../models/config.js';
import type { Parameters } from '../models/parameters.js';
import { exportedConfig, exportedGenerationConfig } from './exported-config.js';
import { copyLicenceFiles } from './licence-files.js';
import { readJson, readJsonIfThere } from './read-json.js';
import { type StorageDtype, writeSafetensors } from './safetensors.js';
import { copyTokenizerFiles, tokenizerEndIds, tokenizerFileNames } from './tokenizer-files.js';
import { turnEndIds } from './turn-end.js';
import { singleFile, WeightFiles } from './weight-files.js';

export interface ModelDirectory {
  config: DecoderConfig;
  parameters: Parameters;
  /** Names of the tokenizer's files in the directory; none if the model has no tokenizer. */
  tokenizerFiles: string[];
}

/**
 * Reads config.json; end-of-sequence ids come from generation_config.json where that names them, as in transformers, and where neither does, from
 * the tokenizer. What the chat template ends an answer with is always one of them.
 */
export async function readModelConfig(directory: string): Promise<DecoderConfig> {
  const config = parseHfConfig(await readJson(join(directory, 'config.json')));
  const generation = await readJsonIfThere(directory, 'generation_config.json');
  const named = parseTokenIds(generation?.['eos_token_id'], 'eos_token_id', 'generation_config.json');
  const listed = named.length > 0 ? named : config.eosTokenIds;
  const ends = listed.length > 0 ? listed : await tokenizerEndIds(directory);
  return { ...config, eosTokenIds: [...new Set([...ends, ...(await turnEndIds(directory))])] };
}

/**
 * Reads a model, all parameters as float32. Throws ModelFormatError naming every tensor that is missing, unexpected or of another shape than
 * the configuration says.
 */
export async function readModelDirectory(directory: string): Promise<ModelDirectory> {
  const config = await readModelConfig(directory);
  const files = await readdir(directory);
  const weights = await WeightFiles.open(directory, config);
  try {
    const parameters = await weights.readAll();
    return { config, parameters, tokenizerFiles: tokenizerFileNames.filter((name) => files.includes(name)) };
  } finally {
    await weights.close();
  }
}

/** In memory, or to be read when its turn has come. */
export type WritableParameter = { shape: readonly number[] } & (
  { data: Float32Array } | { read(): Promise<Float32Array> }
);

export interface WritableModel {
  config: DecoderConfig;
  /** Exactly the parameters that `parameterShapes(config)` names. */
  parameters: ReadonlyMap<string, WritableParameter>;
  dtype: ModelDtype;
  /** Directory from which the tokenizer's files are copied, null for none; it may be the target itself. */
  tokenizerDirectory: string | null;
  /** The model that this one was made from: what its configuration files say beyond the engine's fields is kept, and so is its licence. */
  sourceDirectory?: string;
}

const storageDtypes: { readonly [D in ModelDtype]: StorageDtype } = {
  float32: 'F32',
  bfloat16: 'BF16',
  float16: 'F16',
};

/** Writes a model into `directory`, made if need be; the same model gives the same bytes. Throws FloatRangeError where float16 cannot hold a value. */
export async function writeModelDirectory(directory: string, model: WritableModel): Promise<void> {
  const { config, parameters, dtype, tokenizerDirectory, sourceDirectory } = model;
  const shapes = parameterShapes(config);
  for (const name of new Set([...shapes.keys(), ...parameters.keys()])) {
    const [expected, given] = [shapes.get(name)?.join(), parameters.get(name)?.shape.join()];
    if (expected !== given)
      throw new RangeError(`parameter "${name}" has shape [${given}], the configuration says [${expected}]`);
  }
  await mkdir(directory, { recursive: true });
  const stored = storageDtypes[dtype];
  const tensors = [...parameters].map(([name, parameter]) => {
    const { shape } = parameter;
    const tensor = 'read' in parameter ? { shape, read: () => parameter.read() } : { shape, data: parameter.data };
    return [name, { ...tensor, dtype: stored }] as const;
  });
  await writeSafetensors(join(directory, singleFile), new Map(tensors));
  const source = (name: string) => (sourceDirectory === undefined ? null : readJsonIfThere(sourceDirectory, name));
  const configJson = exportedConfig(config, dtype, await source('config.json'));
  const generationJson = exportedGenerationConfig(config, await source('generation_config.json'));
  await writeJson(join(directory, 'config.json'), configJson);
  await writeJson(join(directory, 'generation_config.json'), generationJson);
  if (sourceDirectory !== undefined) await copyLicenceFiles(sourceDirectory, directory);
  if (tokenizerDirectory === null || resolve(tokenizerDirectory) === resolve(directory)) return;
  await copyTokenizerFiles(tokenizerDirectory, directory);
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
