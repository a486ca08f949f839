/**
 * tokenizer_config.json: the names of special tokens, the chat template and tokens that tokenizer.json has not; and special_tokens_map.json, where
 * tokenizers saved before transformers 4.34 name their special tokens. Not the tokenizer.
 */
import { ModelFormatError } from '../format-error.js';
import { isJson, type Json, readJsonIfThere } from './read-json.js';

const NAMES = ['bos_token', 'eos_token', 'pad_token', 'unk_token'] as const;

function refuse(file: string, what: string): never {
  throw new ModelFormatError(`${file}: ${what}`);
}

/**
 * The configuration of a tokenizer, empty where there is none, with the special tokens that only special_tokens_map.json names. Throws ModelFormatError
 * naming file and field.
 */
export async function readTokenizerConfig(directory: string): Promise<Json> {
  const config = (await readJsonIfThere(directory, 'tokenizer_config.json')) ?? {};
  const map = (await readJsonIfThere(directory, 'special_tokens_map.json')) ?? {};
  checkSpecialTokens(config, 'tokenizer_config.json');
  checkSpecialTokens(map, 'special_tokens_map.json');
  addedTokensDecoder(config);
  chatTemplateOf(config);
  const missing = NAMES.filter((name) => !(name in config) && name in map);
  return { ...config, ...Object.fromEntries(missing.map((name) => [name, map[name]])) };
}

function checkSpecialTokens(config: Json, file: string): void {
  for (const name of NAMES) {
    const value = config[name] ?? null;
    const content = isJson(value) ? value['content'] : value;
    if (content !== null && typeof content !== 'string') {
      refuse(file, `"${name}" must be a text, or an object with a text as "content", not ${JSON.stringify(value)}`);
    }
  }
}

/** The contents of the special tokens that a configuration names. */
export function specialTokensOf(config: Json): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const name of NAMES) {
    const value = config[name];
    const content = isJson(value) ? value['content'] : value;
    if (typeof content === 'string') tokens[name] = content;
  }
  return tokens;
}

/** The one template of a configuration, or the one named default; null where there is none. */
export function chatTemplateOf({ chat_template: template = null }: Json): string | null {
  if (template === null || typeof template === 'string') return template;
  const file = 'tokenizer_config.json';
  if (!Array.isArray(template)) {
    refuse(file, '"chat_template" must be a text, or a list of templates with "name" and "template"');
  }
  const named = (template as unknown[]).find((entry) => isJson(entry) && entry['name'] === 'default');
  const text = isJson(named) ? named['template'] : undefined;
  if (typeof text !== 'string') {
    refuse(file, '"chat_template" is a list with no template named "default": name the one that is to be used so');
  }
  return text;
}

/** Tokens by id, in the form of tokenizer.json's `added_tokens`. */
export function addedTokensDecoder({ added_tokens_decoder: decoder = {} }: Json): Json[] {
  const file = 'tokenizer_config.json';
  if (!isJson(decoder)) refuse(file, '"added_tokens_decoder" must be an object of tokens by id');
  return Object.entries(decoder).map(([id, token]) => {
    if (!/^\d{1,8}$/.test(id) || !isJson(token) || typeof token['content'] !== 'string') {
      refuse(file, `"added_tokens_decoder" has no token with a text as "content" at ${JSON.stringify(id)}`);
    }
    return { ...token, id: Number(id) };
  });
}
