import { expect, test } from 'vitest';
import type { Json } from './read-json.js';
import { Tokenizer } from './tokenizer.js';
import { parseTokenizerJson } from './tokenizer-json.js';
import { trainTokenizer } from './train-tokenizer.js';

const good = trainTokenizer(['The area of Peru'], { vocabSize: 300, addedTokens: ['<tag>'], eosToken: '<eos>' });
const words = Object.keys(good.model.vocab).length;
const last = words + good.added_tokens.length;
const added = (...tokens: unknown[]) => ({ added_tokens: [...good.added_tokens, ...tokens] });
const model = (change: Json) => ({ model: { ...good.model, ...change } });
const vocab = (change: Json) => model({ vocab: { ...good.model.vocab, ...change } });
const { Ā: _first, ...lacking } = good.model.vocab;

test('what is sound is read as it is', () => {
  expect(parseTokenizerJson(good)).toEqual(good);
});

test.each<[string, Json, string]>([
  ['nothing', { model: undefined }, '"model" is missing: save the tokenizer with save_pretrained'],
  ['another algorithm', { model: { type: 'Unigram', vocab: [] } }, 'only byte-level BPE is supported, not "Unigram"'],
  ['another decoder', { decoder: { type: 'Metaspace' } }, 'not "BPE" with decoder "Metaspace"'],
  ['no decoder', { decoder: undefined }, 'not "BPE" with decoder null'],
  ['a normalizer of text', { normalizer: 'NFC' }, '"normalizer" must be an object or null'],
  ['no vocabulary', model({ vocab: undefined }), '"vocab" must be an object of token ids'],
  ['a list of words', model({ vocab: ['a'] }), '"vocab" must be an object of token ids'],
  ['an id of text', vocab({ x: '5' }), '"vocab" gives "x" the id "5", which is none'],
  ['an id below 0', vocab({ x: -1 }), '"vocab" gives "x" the id -1, which is none'],
  ['an id without end', vocab({ x: 1e12 }), '"vocab" gives "x" the id 1000000000000, which is none'],
  ['an id twice', vocab({ xy: 5 }), '"vocab" gives the id 5 to "ą" and to "xy"'],
  ['no merges', model({ merges: null }), '"merges" must be a list of pairs of tokens'],
  ['a merge of one', model({ merges: [['a']] }), '"merges" has ["a"] at 0, which is no pair of tokens'],
  ['a merge of three', model({ merges: ['a b c'] }), '"merges" has "a b c" at 0, which is no pair of tokens'],
  ['merges of two forms', model({ merges: ['Ġ o', ['a', 'b']] }), '"merges" makes "Ġo" at 0, which is not in "vocab"'],
  ['a merge of nothing', model({ merges: [null] }), '"merges" has null at 0, which is no pair of tokens'],
  ['an affix', model({ end_of_word_suffix: '</w>' }), '"end_of_word_suffix" is not supported'],
  ['dropout', model({ dropout: 0.1 }), '"dropout" makes ids a matter of chance: set it to null'],
  ['a byte too few', model({ vocab: lacking, unk_token: '!' }), '"vocab" lacks byte 0, and "unk_token" "!"'],
  ['added tokens by name', { added_tokens: { a: 1 } }, '"added_tokens" must be a list'],
  ['an added token of text', added('<a>'), `"added_tokens" has "<a>" at ${good.added_tokens.length}, not a token`],
  ['an added token of nothing', added({ id: last }), 'must be a text'],
  [
    'an added token without id',
    added({ content: '<a>' }),
    '"added_tokens" gives "<a>" the id undefined, which is none',
  ],
  ['a hole before an id', added({ id: last + 5, content: '<a>' }), `the tokenizers library would give it ${last}`],
  ['an id that is taken', added({ id: 5, content: '<a>' }), `gives "<a>" the id 5`],
  ['a word by another id', added({ id: last, content: 'The' }), `would give it ${good.model.vocab['The']}`],
])('%s is refused by name', (_, change, message) => {
  expect(() => parseTokenizerJson({ ...good, ...change })).toThrow(message);
});

test.each<[string, Json, string]>([
  ['unknown to both', { pre_tokenizer: { type: 'Sudachi' } }, '"pre_tokenizer" of type "Sudachi" is not supported'],
  ['of other vocabularies', { pre_tokenizer: { type: 'Metaspace' } }, '"pre_tokenizer" of type "Metaspace"'],
  ['without bytes', { pre_tokenizer: null }, '"pre_tokenizer" has no step ByteLevel'],
  ['of no steps', { pre_tokenizer: { type: 'Sequence' } }, '"pretokenizers" of a Sequence must be a list of steps'],
  ['without a pattern', { pre_tokenizer: { type: 'Split' } }, '"pattern" of a step Split must have a "Regex"'],
  ['that merges otherwise', split('a', 'merged'), '"behavior" "merged" of a pre-tokenizer is not one of Removed'],
  ['that refers to a group', split(String.raw`(a)\1`, 'Removed'), 'refers to a group'],
  ['that merges by a group', split(String.raw`(?<x>a)\k<x>`, 'MergedWithNext'), 'refers to a group'],
  ['without a content', { normalizer: { type: 'Replace', pattern: { String: 'a' } } }, '"content" of a step Replace'],
  ['of another kind', { normalizer: { type: 'Precompiled' } }, '"normalizer" of type "Precompiled" is not supported'],
])('a step %s is refused by name', (_, change, message) => {
  const json = parseTokenizerJson({ ...good, ...change });
  expect(() => new Tokenizer(json)).toThrow(message);
});

function split(regex: string, behavior: string): Json {
  return { pre_tokenizer: { type: 'Split', pattern: { Regex: regex }, behavior } };
}

test('a token that is looked for in the normalized text is refused where that would be normalized twice', () => {
  const normalizer = { type: 'Prepend', prepend: '_' };
  const token = { id: last, content: '<a>', normalized: true };
  expect(() => parseTokenizerJson({ ...good, normalizer, ...added(token) })).toThrow(
    'the added token "<a>" is "normalized"',
  );
  expect(parseTokenizerJson({ ...good, normalizer: { type: 'NFC' }, ...added(token) }).added_tokens).toHaveLength(
    good.added_tokens.length + 1,
  );
});
