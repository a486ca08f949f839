/** Which files of a repository, an archive or a directory make up a model. Names only: what is in them is the trainer's to judge. */
import { AppError } from '../../errors/app-error.js';

export const CONFIG_FILE = 'config.json';
export const WEIGHTS_FILE = 'model.safetensors';
export const INDEX_FILE = 'model.safetensors.index.json';

/** What is read, and what belongs to the model for whoever downloads it later. */
const DOCUMENTS: ReadonlySet<string> = new Set([
  CONFIG_FILE,
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'vocab.json',
  'merges.txt',
  INDEX_FILE,
]);
const ACCOMPANYING = /^(README(\.md)?|(LICEN[CS]E|NOTICE)(\.(md|txt))?)$/i;
const PICKLES = /\.(bin|pt|pth|pkl|pickle|ckpt)$/i;

const MIB = 2 ** 20;
/** Bytes of one file that is not of weights. */
const MAX_DOCUMENT_BYTES = 64 * MIB;
const MAX_ACCOMPANYING_BYTES = MIB;

export const isDocument = (name: string): boolean => DOCUMENTS.has(name);
/** A licence or a description: nice to have, if it is small. */
export const isAccompanying = (name: string): boolean => ACCOMPANYING.test(name);
export const isWeights = (name: string): boolean => /^[^/]+\.safetensors$/.test(name);
const isPickle = (name: string): boolean => PICKLES.test(name);

/** Whether a file of this size is too large to be taken for what its name says; weights may have any size. */
export function isTooLarge(name: string, sizeBytes: number): boolean {
  return sizeBytes > limitOf(name);
}

export function tooLarge(name: string): AppError<'MODEL_UNREADABLE'> {
  return unreadable(`${name} is larger than ${limitOf(name)} bytes`);
}

function limitOf(name: string): number {
  if (isWeights(name)) return Infinity;
  return isAccompanying(name) ? MAX_ACCOMPANYING_BYTES : MAX_DOCUMENT_BYTES;
}

export function unreadable(reason: string): AppError<'MODEL_UNREADABLE'> {
  return new AppError('MODEL_UNREADABLE', { reason });
}

/**
 * @param names of all the files beside each other
 * @throws {AppError} MODEL_UNREADABLE when there is no model among them that can be read
 */
export function checkNames(names: readonly string[]): void {
  if (!names.includes(CONFIG_FILE)) {
    const adapter = names.includes('adapter_config.json')
      ? ': this is an adapter; merge it into its base model and bring that'
      : ': bring a Hugging Face directory, as save_pretrained of transformers writes it';
    throw unreadable(`there is no ${CONFIG_FILE}${adapter}`);
  }
  if (names.includes(WEIGHTS_FILE) || names.includes(INDEX_FILE)) return;
  const pickle = names.find(isPickle);
  if (pickle !== undefined) {
    throw unreadable(
      `there are no weights in safetensors, and ${pickle} is a pickle, which can run code when it is read: convert the weights, e.g. with save_pretrained of transformers`,
    );
  }
  throw unreadable(`there is neither ${WEIGHTS_FILE} nor ${INDEX_FILE}: bring weights in safetensors`);
}

/**
 * The files of weights, in order.
 * @param index the text of the index; only looked at when the weights are in shards
 */
export function weightNames(names: readonly string[], index: string): string[] {
  if (names.includes(WEIGHTS_FILE)) return [WEIGHTS_FILE];
  const shards = shardsIn(index);
  const missing = shards.find((shard) => !isWeights(shard) || !names.includes(shard));
  if (missing !== undefined) throw unreadable(`${INDEX_FILE} names ${JSON.stringify(missing)}, which is not there`);
  return shards;
}

function shardsIn(index: string): string[] {
  try {
    const { weight_map: map } = JSON.parse(index) as { weight_map: Record<string, unknown> };
    return [...new Set(Object.values(map).map(String))].sort();
  } catch {
    throw unreadable(`${INDEX_FILE} is not an index of shards: it has no "weight_map"`);
  }
}
