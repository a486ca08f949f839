/**
 * The tokenizer of a Hugging Face directory: text to token ids and back, without loss for byte-level vocabularies. Control tokens in a
 * text are recognised only where the caller says so. Not a chat template: see chat.ts.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import { type AddedToken, AddedTokenSplitter } from './added-tokens.js';
import { byteCharacters, tokenToBytes } from './byte-alphabet.js';
import { ModelFormatError } from '../format-error.js';
import { mendTokenizer } from './mended-tokenizer.js';
import { type Json, readJson } from './read-json.js';
import { addedTokensDecoder, chatTemplateOf, readTokenizerConfig, specialTokensOf } from './tokenizer-config.js';
import { parseTokenizerJson, type TokenizerJson } from './tokenizer-json.js';

export interface EncodeOptions {
  /**
   * false: the whole text is plain text, so that `<search>` or `<|im_end|>` in what a user or a tool wrote never becomes a control token.
   * true: every added token in the text is recognised.
   */
  allowSpecial: boolean;
}

/** The added tokens of a parsed tokenizer.json, and those that only tokenizer_config.json lists. */
export function addedTokensOf(json: TokenizerJson, config: Json): AddedToken[] {
  const listed = [...json.added_tokens];
  const known = new Set(listed.map((token) => token['content']));
  for (const token of addedTokensDecoder(config)) if (!known.has(token['content'])) listed.push(token);
  return listed.map((token) => ({
    id: Number(token['id']),
    content: String(token['content']),
    special: token['special'] === true,
    lstrip: token['lstrip'] === true,
    rstrip: token['rstrip'] === true,
    singleWord: token['single_word'] === true,
    normalized: (token['normalized'] ?? token['special'] !== true) === true,
  }));
}

export class Tokenizer {
  private readonly library: LibraryTokenizer;
  private readonly splitter: AddedTokenSplitter;
  private readonly addedById: ReadonlyMap<number, AddedToken>;
  private readonly idByAddedToken: ReadonlyMap<string, number>;
  private readonly bytesById: (Uint8Array | undefined)[] = [];
  /** One more than the largest id. The model's own vocabulary may be padded beyond it. */
  readonly vocabSize: number;
  readonly addedTokens: readonly AddedToken[];
  /** The names of special tokens in the chat template: `bos_token`, `eos_token`, `pad_token`, `unk_token`. */
  readonly specialTokens: Readonly<Record<string, string>>;
  readonly chatTemplate: string | null;

  /** `json` and `config` are parsed tokenizer.json and tokenizer_config.json, and sound; `chatTemplate` overrides the config's. */
  constructor(
    private readonly json: TokenizerJson,
    config: Json = {},
    chatTemplate?: string,
  ) {
    // Nothing of the configuration: the original reads none, and the library would change texts by it.
    this.library = new LibraryTokenizer(mendTokenizer(json), {});
    const added = addedTokensOf(json, config);
    this.addedTokens = added;
    const { normalizer } = this.library;
    this.splitter = new AddedTokenSplitter(added, normalizer ? (text) => normalizer.normalize(text) : undefined);
    this.addedById = new Map(added.map((token) => [token.id, token]));
    this.idByAddedToken = new Map(added.map((token) => [token.content, token.id]));
    for (const [token, id] of Object.entries(json.model.vocab)) this.bytesById[id] = tokenToBytes(token);
    for (const { id, content } of added) this.bytesById[id] = new TextEncoder().encode(content);
    this.vocabSize = this.bytesById.length;
    this.specialTokens = specialTokensOf(config);
    this.chatTemplate = chatTemplate ?? chatTemplateOf(config);
  }

  /**
   * Reads tokenizer.json and, where there are such files, tokenizer_config.json, special_tokens_map.json and chat_template.jinja. Throws ModelFormatError
   * naming file and field.
   */
  static async load(directory: string): Promise<Tokenizer> {
    const json = parseTokenizerJson(await readJson(join(directory, 'tokenizer.json')));
    const config = await readTokenizerConfig(directory);
    const template = await readFile(join(directory, 'chat_template.jinja'), 'utf8').catch(() => undefined);
    try {
      return new Tokenizer(json, config, template);
    } catch (error) {
      if (error instanceof ModelFormatError) throw error;
      // What is left are patterns: the library has none of Oniguruma's own constructs.
      throw new ModelFormatError(`tokenizer.json: the tokenizer cannot be used: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Token ids of a text. Nothing is added: no beginning or end of sequence. Bytes that the vocabulary lacks are dropped, as the original does. */
  encode(text: string, { allowSpecial }: EncodeOptions): Int32Array {
    return this.encodeParts(allowSpecial ? this.split(text) : [text]);
  }

  /** Splits a text into the added tokens in it and the plain texts between them. */
  split(text: string): (AddedToken | string)[] {
    return this.splitter.split(text);
  }

  /** Token ids of a sequence of added tokens and plain texts; adjacent plain texts are encoded as one. */
  encodeParts(parts: readonly (AddedToken | string)[]): Int32Array {
    const ids: number[] = [];
    let plain = '';
    const flush = () => {
      this.encodePlain(plain, ids);
      plain = '';
    };
    for (const part of parts) {
      if (typeof part === 'string') {
        plain += part;
      } else {
        flush();
        ids.push(part.id);
      }
    }
    flush();
    return Int32Array.from(ids);
  }

  private encodePlain(text: string, into: number[]): void {
    if (text === '') return;
    for (const id of this.library.encode(text, { add_special_tokens: false }).ids) {
      if (!this.addedById.has(id)) {
        into.push(id);
        continue;
      }
      // An added token that the vocabulary holds as a word too: spell it out.
      for (const byte of this.tokenBytes(id)) into.push(this.json.model.vocab[byteCharacters[byte]!] ?? id);
    }
  }

  /** The text of the ids, added tokens included. An id beyond the vocabulary is nothing; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string {
    const decoder = new IncrementalDecoder(this);
    let text = '';
    for (const id of ids) text += decoder.push(id);
    return text + decoder.finish();
  }

  /** The bytes that a token stands for; none for an id beyond the vocabulary. */
  tokenBytes(id: number): Uint8Array {
    return this.bytesById[id] ?? new Uint8Array();
  }

  /** The id of an added token by its text, or of a vocabulary entry as tokenizer.json spells it; undefined if there is none. */
  tokenId(token: string): number | undefined {
    return (
      this.idByAddedToken.get(token) ??
      (Object.hasOwn(this.json.model.vocab, token) ? this.json.model.vocab[token] : undefined)
    );
  }

  /** The added token with this id, if it is one. */
  addedToken(id: number): AddedToken | undefined {
    return this.addedById.get(id);
  }
}

/** Decodes a stream of ids: a character that is split over tokens comes out once, with its last byte. */
export class IncrementalDecoder {
  private utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(private readonly tokenizer: Tokenizer) {}

  /** The text that this id completes, perhaps none. An added token ends an unfinished character, which becomes U+FFFD. */
  push(id: number): string {
    const unfinished = this.tokenizer.addedToken(id) ? this.finish() : '';
    return unfinished + this.utf8.decode(this.tokenizer.tokenBytes(id), { stream: true });
  }

  /** What is left at the end: U+FFFD if the last character is unfinished, else nothing. The decoder can be used again. */
  finish(): string {
    return this.utf8.decode();
  }
}
