/** tokenizer.json of a byte-level BPE: its form, and the check of one that was brought. Not a tokenizer. */
import { byteCharacters } from './byte-alphabet.js';
import { ModelFormatError } from '../format-error.js';
import { isRepeatable } from './mended-normalizer.js';
import { isJson, type Json } from './read-json.js';

/** A tokenizer.json, as far as the engine looks into it. */
export interface TokenizerJson extends Json {
  added_tokens: Json[];
  normalizer: Json | null;
  pre_tokenizer: Json | null;
  post_processor: Json | null;
  decoder: Json | null;
  model: Json & { vocab: Record<string, number> };
}

/** Ids from here on are no token's: more than any vocabulary has. */
const MAX_ID = 2 ** 24;

function refuse(what: string): never {
  throw new ModelFormatError(`tokenizer.json: ${what}`);
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < MAX_ID;
}

/** Throws ModelFormatError naming the field that is missing, wrong or not supported. */
export function parseTokenizerJson(json: Json): TokenizerJson {
  const { model, added_tokens: added = [], normalizer, pre_tokenizer, post_processor, decoder } = json;
  if (!isJson(model)) refuse('"model" is missing: save the tokenizer with save_pretrained of a fast tokenizer');
  const part = (name: string, value: unknown): Json | null => {
    if (value === undefined || value === null) return null;
    return isJson(value) ? value : refuse(`"${name}" must be an object or null`);
  };
  const { type = 'BPE' } = model;
  const decodes = part('decoder', decoder)?.['type'];
  if (type !== 'BPE' || decodes !== 'ByteLevel') {
    refuse(
      `only byte-level BPE is supported, not ${JSON.stringify(type)} with decoder ${JSON.stringify(decodes ?? null)}`,
    );
  }
  const vocab = parseVocab(model['vocab']);
  checkMerges(model['merges'], vocab);
  checkModel(model, vocab);
  const parsed: TokenizerJson = {
    ...json,
    model: { ...model, type, vocab },
    added_tokens: parseAddedTokens(added, vocab),
    normalizer: part('normalizer', normalizer),
    pre_tokenizer: part('pre_tokenizer', pre_tokenizer),
    post_processor: part('post_processor', post_processor),
    decoder: part('decoder', decoder),
  };
  checkNormalizer(parsed);
  return parsed;
}

function parseVocab(vocab: unknown): Record<string, number> {
  if (!isJson(vocab)) refuse('"vocab" must be an object of token ids');
  const owners = new Map<number, string>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id)) refuse(`"vocab" gives ${JSON.stringify(token)} the id ${JSON.stringify(id)}, which is none`);
    const owner = owners.get(id);
    if (owner !== undefined) {
      refuse(`"vocab" gives the id ${id} to ${JSON.stringify(owner)} and to ${JSON.stringify(token)}`);
    }
    owners.set(id, token);
  }
  return vocab as Record<string, number>;
}

/** Pairs of tokens, each of which is a token together; written as lists or, until 2024, with a space between. */
function checkMerges(merges: unknown, vocab: Readonly<Record<string, number>>): void {
  if (!Array.isArray(merges)) refuse('"merges" must be a list of pairs of tokens');
  const asLists = Array.isArray(merges[0]);
  merges.forEach((merge: unknown, i) => {
    const pair: unknown = asLists || typeof merge !== 'string' ? merge : merge.split(' ');
    if (!isPair(pair)) refuse(`"merges" has ${shown(merge)} at ${i}, which is no pair of tokens`);
    const unknown = [...pair, pair.join('')].find((token) => !Object.hasOwn(vocab, token));
    if (unknown !== undefined) refuse(`"merges" makes ${JSON.stringify(unknown)} at ${i}, which is not in "vocab"`);
  });
}

function isPair(value: unknown): value is [string, string] {
  return (
    Array.isArray(value) && value.length === 2 && value.every((token) => typeof token === 'string' && token !== '')
  );
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
}

/** Refuses by name what would change the ids and is not implemented. */
function checkModel(model: Json, vocab: Readonly<Record<string, number>>): void {
  for (const field of ['continuing_subword_prefix', 'end_of_word_suffix']) {
    if ((model[field] ?? '') !== '') refuse(`"${field}" is not supported in a byte-level BPE`);
  }
  if ((model['dropout'] ?? 0) !== 0) refuse('"dropout" makes ids a matter of chance: set it to null');
  const missing = byteCharacters.findIndex((character) => !Object.hasOwn(vocab, character));
  const unknown = model['unk_token'] ?? null;
  if (missing >= 0 && unknown !== null) {
    refuse(`"vocab" lacks byte ${missing}, and "unk_token" ${JSON.stringify(unknown)} is not supported in its place`);
  }
}

/**
 * The original takes no notice of ids here: a token has the id that it has in the vocabulary or, one after the other, the next free one. Files that it
 * wrote say the same; of others nobody knows which of the two was trained with.
 */
function parseAddedTokens(added: unknown, vocab: Readonly<Record<string, number>>): Json[] {
  if (!Array.isArray(added)) refuse('"added_tokens" must be a list');
  const size = Object.keys(vocab).length;
  const ids = new Map<string, number>();
  let last = -1;
  return (added as unknown[]).map((token, i) => {
    if (!isJson(token)) refuse(`"added_tokens" has ${shown(token)} at ${i}, not a token`);
    const { id, content } = token;
    if (typeof content !== 'string') refuse(`"content" of "added_tokens" at ${i} must be a text`);
    if (!isId(id))
      refuse(`"added_tokens" gives ${JSON.stringify(content)} the id ${JSON.stringify(id)}, which is none`);
    if (content === '') return token;
    const known = ids.get(content) ?? (Object.hasOwn(vocab, content) ? vocab[content] : undefined);
    const expected = known ?? Math.max(size, last + 1);
    if (id !== expected) {
      refuse(
        `"added_tokens" gives ${JSON.stringify(content)} the id ${id}, and the tokenizers library would give it ${expected}: save the tokenizer anew with the library`,
      );
    }
    ids.set(content, id);
    last = Math.max(last, id);
    return token;
  });
}

/** A text in which a token was found is normalized already, and its parts will be again. */
function checkNormalizer({ normalizer, added_tokens: added }: TokenizerJson): void {
  if (isRepeatable(normalizer)) return;
  const token = added.find(({ normalized }) => normalized === true);
  if (token === undefined) return;
  refuse(
    `the added token ${JSON.stringify(token['content'])} is "normalized", which is not supported with this "normalizer": save it as not normalized`,
  );
}
