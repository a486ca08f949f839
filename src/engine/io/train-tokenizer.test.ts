import { describe, expect, test } from 'vitest';
import { Tokenizer } from './tokenizer.js';
import { trainTokenizer } from './train-tokenizer.js';

const training = { vocabSize: 1000, addedTokens: ['<think>', '</think>', '<user>'], eosToken: '<eos>' };
const wordsOf = (json: ReturnType<typeof trainTokenizer>) =>
  Object.entries(json.model.vocab)
    .sort(([, a], [, b]) => a - b)
    .slice(256)
    .map(([w]) => w);

describe('trainTokenizer', () => {
  test('makes each word with its leading space one token, most frequent first, ties in code-unit order', () => {
    const json = trainTokenizer(['to be or not to be', 'not to be'], training);
    expect(wordsOf(json)).toEqual(['Ġbe', 'Ġto', 'not', 'to', 'Ġnot', 'Ġor']);
  });

  test('keeps numbers as single digits and added tokens out of the words', () => {
    expect(wordsOf(trainTokenizer(['<think> 1285 in 2041</think>'], training))).toEqual(['Ġ1', 'Ġ2', 'Ġin']);
  });

  test('stops at vocabSize, and refuses one that its fixed part fills', () => {
    const added = 6;
    expect(
      new Tokenizer(trainTokenizer(['aa bb cc dd ee ff'], { ...training, vocabSize: 256 + added + 2 })).vocabSize,
    ).toBe(256 + added + 2);
    expect(() => trainTokenizer([], { ...training, vocabSize: 256 })).toThrow(
      'vocabSize 256 is below the 256 bytes and 6 added tokens',
    );
  });

  test('marks end of sequence and turns as special, tags as text, each once', () => {
    const { added_tokens: added } = trainTokenizer([], training);
    expect(added.map((token) => [token['content'], token['special'], token['id']])).toEqual([
      ['<eos>', true, 256],
      ['<user>', true, 257],
      ['<system>', true, 258],
      ['<agent>', true, 259],
      ['<think>', false, 260],
      ['</think>', false, 261],
    ]);
  });

  test('gives bytes for a word it does not know, one token for one it knows', () => {
    const tokenizer = new Tokenizer(trainTokenizer(['known words'], training));
    expect(tokenizer.encode('known words', { allowSpecial: false })).toHaveLength(2);
    expect([...tokenizer.encode(' wordé', { allowSpecial: false })].every((id) => id < 256)).toBe(true);
    expect(tokenizer.encode(' wordé', { allowSpecial: false })).toHaveLength(7);
  });
});
