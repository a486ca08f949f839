/**
 * Rewrites a tokenizer.json so that @huggingface/tokenizers gives the ids of the Python library, where it takes a step differently.
 * Not a tokenizer.
 */
import { ModelFormatError } from './format-error.js';
import type { Json } from './read-json.js';

/** A tokenizer.json, as far as the engine looks into it. */
export interface TokenizerJson extends Json {
  added_tokens: Json[];
  normalizer: Json | null;
  pre_tokenizer: Json | null;
  post_processor: Json | null;
  decoder: Json | null;
  model: Json & { vocab: Record<string, number> };
}

// OpenAI GPT-2's pattern, as in the ByteLevel step of Hugging Face tokenizers.
const gpt2Pattern = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const split = (regex: string): Json => ({
  type: 'Split',
  pattern: { Regex: regex },
  behavior: 'Isolated',
  invert: false,
});

/**
 * The JavaScript library takes only 0-9 as Digits, the original every number of Unicode; and its ByteLevel pattern takes U+FEFF as white space
 * and U+0085 as none, the original the reverse. As Split steps both patterns are read as the original reads them.
 */
function mendStep(step: Json): Json[] {
  switch (step['type']) {
    case 'Sequence':
      return ((step['pretokenizers'] ?? []) as Json[]).flatMap(mendStep);
    case 'Digits':
      return [split(step['individual_digits'] === true ? String.raw`\p{N}` : String.raw`\p{N}+`)];
    case 'ByteLevel':
      if (step['use_regex'] === false || step['add_prefix_space'] === true) return [step];
      return [split(gpt2Pattern), { ...step, use_regex: false }];
    default:
      return [step];
  }
}

/** The pre-tokenizer steps of a tokenizer.json as the JavaScript library must be given them. */
export function mendPreTokenizer(preTokenizer: Json | null): Json {
  return { type: 'Sequence', pretokenizers: preTokenizer ? mendStep(preTokenizer) : [] };
}

/**
 * The encoder half of a tokenizer.json: no added tokens, which the engine recognises itself, and no post-processor, so that nothing is added
 * to a text. Throws ModelFormatError where the file is not of a byte-level BPE.
 */
export function mendTokenizer(json: TokenizerJson): TokenizerJson {
  if (json.model['type'] !== 'BPE' || json.decoder?.['type'] !== 'ByteLevel') {
    throw new ModelFormatError(
      `tokenizer.json: only byte-level BPE is supported, not ${JSON.stringify(json.model['type'])} with decoder ${JSON.stringify(json.decoder?.['type'])}`,
    );
  }
  return { ...json, added_tokens: [], post_processor: null, pre_tokenizer: mendPreTokenizer(json.pre_tokenizer) };
}
