/**
 * The files of a tokenizer, carried from one directory to another so that every reader finds in tokenizer.json what the tokenizer does. Not the
 * tokenizer itself.
 */
import { copyFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, readJsonIfThere } from './read-json.js';
import { readTokenizerConfig, specialTokensOf } from './tokenizer-config.js';
import { parseTokenizerJson } from './tokenizer-json.js';

export const tokenizerFileNames = [
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'chat_template.jinja',
  'vocab.json',
  'merges.txt',
];

/** What tokenizer.json holds already, in a form from which its steps before the merges cannot be made again. */
const partial = ['vocab.json', 'merges.txt'];

/**
 * Copies what there is of a tokenizer. Where there is a tokenizer.json it alone is to be believed: tokenizer_config.json then names
 * `PreTrainedTokenizerFast`, the class that takes it as it stands in transformers 4 and 5. Other classes (`GPT2Tokenizer`, `LlamaTokenizer`, `TokenizersBackend`)
 * are built anew from vocabulary and merges in transformers 5, without the file's own splitting of digits, or unknown in transformers 4.
 */
export async function copyTokenizerFiles(from: string, to: string): Promise<void> {
  const available = await readdir(from);
  const isWhole = available.includes('tokenizer.json');
  for (const name of tokenizerFileNames) {
    const isRewritten = isWhole && (name === 'tokenizer_config.json' || partial.includes(name));
    if (available.includes(name) && !isRewritten) await copyFile(join(from, name), join(to, name));
  }
  if (!isWhole) return;
  const config = exportedTokenizerConfig(await readTokenizerConfig(from));
  await writeFile(join(to, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * tokenizer_config.json for a reader that is to do what tokenizer.json says: fields are left out by which transformers would replace its steps, and a list
 * of special tokens goes by the name that transformers 4 knows and 5 still takes.
 */
export function exportedTokenizerConfig(source: Json): Json {
  const { auto_map: _code, add_bos_token: _bos, add_eos_token: _eos, extra_special_tokens: extra, ...kept } = source;
  return {
    ...kept,
    ...(extra !== undefined && {
      [Array.isArray(extra) ? 'additional_special_tokens' : 'extra_special_tokens']: extra,
    }),
    // The class of transformers 4 would also make token types, which decoders refuse.
    model_input_names: kept['model_input_names'] ?? ['input_ids', 'attention_mask'],
    tokenizer_class: 'PreTrainedTokenizerFast',
  };
}

/** The id of the end of a sequence that a tokenizer names, as a list of one; empty where it names none, or there is no tokenizer. */
export async function tokenizerEndIds(directory: string): Promise<number[]> {
  const { eos_token: text } = specialTokensOf(await readTokenizerConfig(directory));
  const json = await readJsonIfThere(directory, 'tokenizer.json');
  if (text === undefined || json === null) return [];
  const { added_tokens: added, model } = parseTokenizerJson(json);
  const id = added.find(({ content }) => content === text)?.['id'] ?? model.vocab[text];
  return typeof id === 'number' ? [id] : [];
}
