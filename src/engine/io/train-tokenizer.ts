/**
 * Makes a tokenizer for a small closed task: byte-level BPE without merges, in which every word of the given texts (with its leading
 * space) is one token, numbers are single digits (the first with its leading space), and anything else falls back to bytes. Lossless on any text. Not a learner of subwords.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { AddedTokenSplitter } from './added-tokens.js';
import { byteCharacters } from './byte-alphabet.js';
import { defaultChatTemplate, turnTokens } from './default-chat-template.js';
import { mendTokenizer } from './mended-tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';

export interface TokenizerTraining {
  /** Number of entries at most: 256 bytes, the added tokens, and the most frequent words. */
  vocabSize: number;
  /** Tags and the like, each one token wherever the engine writes it. */
  addedTokens: readonly string[];
  /** Ends a sequence; special, like the tokens that open a turn, which are always there. */
  eosToken: string;
}

/** A tokenizer.json of 256 bytes and `words`, in ids from 0 on, then the added tokens. */
function tokenizerJson(words: readonly string[], added: ReadonlyMap<string, { special: boolean }>): TokenizerJson {
  const entries = [...byteCharacters, ...words];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...added].map(([content, { special }], i) => ({
      id: entries.length + i,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: String.raw` ?\p{N}` }, behavior: 'Isolated', invert: false },
        byteLevel,
      ],
    },
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      // Without merges a word is found whole or falls apart into bytes.
      ignore_merges: true,
      vocab: Object.fromEntries(entries.map((token, id) => [token, id])),
      merges: [],
    },
  };
}

const plainToken = { special: false, lstrip: false, rstrip: false, singleWord: false, normalized: false };

/** The tokenizer.json for these texts. Words are taken by frequency, those of equal frequency in code-unit order. */
export function trainTokenizer(texts: Iterable<string>, training: TokenizerTraining): TokenizerJson {
  const special: readonly string[] = [training.eosToken, ...Object.values(turnTokens)];
  const contents = new Set([...special, ...training.addedTokens]);
  const added = new Map([...contents].map((content) => [content, { special: special.includes(content) }]));
  const empty = tokenizerJson([], added);
  const room = training.vocabSize - byteCharacters.length - added.size;
  if (room < 0) {
    throw new RangeError(
      `vocabSize ${training.vocabSize} is below the ${byteCharacters.length} bytes and ${added.size} added tokens`,
    );
  }
  const splitter = new AddedTokenSplitter([...added.keys()].map((content, id) => ({ ...plainToken, id, content })));
  const preTokenizer = new LibraryTokenizer(mendTokenizer(empty), {}).pre_tokenizer!;
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const part of splitter.split(text)) {
      if (typeof part !== 'string') continue;
      for (const word of preTokenizer.pre_tokenize(part)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const words = [...counts]
    .filter(([word]) => word.length > 1)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, room)
    .map(([word]) => word);
  return tokenizerJson(words, added);
}

/** Writes tokenizer.json and a tokenizer_config.json with the default chat template; padding is the end-of-sequence token. */
export async function writeTokenizer(directory: string, json: TokenizerJson, eosToken: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const config = {
    add_prefix_space: false,
    chat_template: defaultChatTemplate,
    clean_up_tokenization_spaces: false,
    eos_token: eosToken,
    pad_token: eosToken,
    tokenizer_class: 'PreTrainedTokenizerFast',
  };
  await writeFile(join(directory, 'tokenizer.json'), `${JSON.stringify(json, null, 2)}\n`);
  await writeFile(join(directory, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
}
