/**
 * Rewrites a tokenizer.json so that @huggingface/tokenizers gives the ids of the Python library, where it takes a step differently.
 * Not a tokenizer.
 */
import { mendNormalizer } from './mended-normalizer.js';
import { mendPreTokenizer } from './mended-pre-tokenizer.js';
import type { TokenizerJson } from './tokenizer-json.js';

/**
 * The encoder half of a tokenizer.json: no added tokens, which the engine recognises itself, and no post-processor, so that nothing is added
 * to a text. Throws ModelFormatError naming a step that is not supported.
 */
export function mendTokenizer(json: TokenizerJson): TokenizerJson {
  return {
    ...json,
    added_tokens: [],
    post_processor: null,
    normalizer: mendNormalizer(json.normalizer),
    pre_tokenizer: mendPreTokenizer(json.pre_tokenizer),
  };
}
