/**
 * A model as a Hugging Face directory: config.json, safetensors in one file or in shards, tokenizer files. Reads it into host
 * arrays and writes it so that transformers loads it. Not the model itself and not the tokenizer.
 */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import {
  type DecoderConfig,
  eosTokenIdValue,
  type ModelDtype,
  parameterShapes,
  parseHfConfig,
  parseTokenIds,
  toHfConfig,
} from '../models/config.js';
import { ModelFormatError } from './format-error.js';
import { readJson } from './read-json.js';
import { SafetensorsFile, writeSafetensors } from './safetensors.js';

/** The parameters of a model by their Hugging Face names. */
export type Parameters = Map<string, { shape: readonly number[]; data: Float32Array }>;

export interface ModelDirectory {
  config: DecoderConfig;
  parameters: Parameters;
  /** Names of the tokenizer's files in the directory; none if the model has no tokenizer. */
  tokenizerFiles: string[];
}

const tokenizerFileNames = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'vocab.json',
  'merges.txt',
];

const singleFile = 'model.safetensors';
const indexFile = `${singleFile}.index.json`;

/** Reads config.json alone; end-of-sequence ids come from generation_config.json where that names them, as in transformers. */
export async function readModelConfig(directory: string): Promise<DecoderConfig> {
  const config = parseHfConfig(await readJson(join(directory, 'config.json')));
  if (!(await readdir(directory)).includes('generation_config.json')) return config;
  const generation = await readJson(join(directory, 'generation_config.json'));
  const eosTokenIds = parseTokenIds(generation['eos_token_id'], 'eos_token_id');
  return eosTokenIds.length > 0 ? { ...config, eosTokenIds } : config;
}

/**
 * Reads a model, all parameters as float32. Throws ModelFormatError naming every tensor that is missing, unexpected or of another shape than
 * the configuration says.
 */
export async function readModelDirectory(directory: string): Promise<ModelDirectory> {
  const config = await readModelConfig(directory);
  const files = await readdir(directory);
  const parameters = await readParameters(directory, files, config);
  return { config, parameters, tokenizerFiles: tokenizerFileNames.filter((name) => files.includes(name)) };
}

async function shardNames(directory: string, files: readonly string[]): Promise<string[]> {
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

/** Tensors that checkpoints hold beside the parameters: tables of rotary frequencies, and the output layer of tied embeddings. */
function isRedundant(name: string, config: DecoderConfig): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (config.tieEmbeddings && name === 'lm_head.weight');
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}

async function readParameters(directory: string, files: readonly string[], config: DecoderConfig): Promise<Parameters> {
  const shapes = parameterShapes(config);
  const opened: SafetensorsFile[] = [];
  try {
    for (const shard of await shardNames(directory, files))
      opened.push(await SafetensorsFile.open(join(directory, shard)));
    const holders = new Map(opened.flatMap((file) => [...file.entries.keys()].map((name) => [name, file] as const)));
    const problems: string[] = [];
    const missing = [...shapes.keys()].filter((name) => !holders.has(name));
    const unexpected = [...holders.keys()].filter((name) => !shapes.has(name) && !isRedundant(name, config));
    if (missing.length > 0) problems.push(`missing: ${listed(missing)}`);
    if (unexpected.length > 0) problems.push(`unexpected: ${listed(unexpected)}`);
    const misshapen = [...shapes].flatMap(([name, shape]) => {
      const found = holders.get(name)?.entries.get(name)?.shape;
      return found && found.join() !== shape.join()
        ? [`${name} is [${found.join(', ')}], not [${shape.join(', ')}]`]
        : [];
    });
    if (misshapen.length > 0) problems.push(`misshapen: ${listed(misshapen)}`);
    if (problems.length > 0) {
      throw new ModelFormatError(`${directory}: the tensors do not fit config.json: ${problems.join('; ')}`);
    }
    const parameters: Parameters = new Map();
    for (const name of shapes.keys()) parameters.set(name, await holders.get(name)!.readFloat32(name));
    return parameters;
  } finally {
    for (const file of opened) await file.close();
  }
}

export interface WritableModel {
  config: DecoderConfig;
  /** Exactly the parameters that `parameterShapes(config)` names. */
  parameters: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;
  dtype: ModelDtype;
  /** Directory from which the tokenizer's files are copied, null for none; it may be the target itself. */
  tokenizerDirectory: string | null;
}

/** Writes a model into `directory`, made if need be; the same model gives the same bytes. */
export async function writeModelDirectory(directory: string, model: WritableModel): Promise<void> {
  const { config, parameters, dtype, tokenizerDirectory } = model;
  const shapes = parameterShapes(config);
  for (const name of new Set([...shapes.keys(), ...parameters.keys()])) {
    const [expected, given] = [shapes.get(name)?.join(), parameters.get(name)?.shape.join()];
    if (expected !== given)
      throw new RangeError(`parameter "${name}" has shape [${given}], the configuration says [${expected}]`);
  }
  await mkdir(directory, { recursive: true });
  const tensors = new Map(
    [...parameters].map(([name, { shape, data }]) => [
      name,
      { shape, data, ...(dtype === 'bfloat16' && { dtype: 'BF16' as const }) },
    ]),
  );
  await writeSafetensors(join(directory, singleFile), tensors);
  await writeJson(join(directory, 'config.json'), toHfConfig(config, dtype));
  await writeJson(join(directory, 'generation_config.json'), {
    _from_model_config: true,
    bos_token_id: config.bosTokenId,
    eos_token_id: eosTokenIdValue(config),
    pad_token_id: config.padTokenId,
    transformers_version: '4.51.0',
  });
  if (tokenizerDirectory === null || resolve(tokenizerDirectory) === resolve(directory)) return;
  const available = await readdir(tokenizerDirectory);
  for (const name of tokenizerFileNames.filter((file) => available.includes(file))) {
    await copyFile(join(tokenizerDirectory, name), join(directory, name));
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
