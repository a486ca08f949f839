import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Json } from './read-json.js';
import { IncrementalDecoder, Tokenizer } from './tokenizer.js';
import { tokenizerEndIds } from './tokenizer-files.js';
import { trainTokenizer } from './train-tokenizer.js';

const training = { vocabSize: 400, addedTokens: ['<search>', '</search>', String.raw`\boxed{`], eosToken: '<eos>' };
const json = trainTokenizer(['The area of Peru is 1285. Ünïcödé'], training);
const tokenizer = new Tokenizer(json);
const spelled = (ids: Iterable<number>) => Array.from(ids, (id) => tokenizer.decode([id]));

const texts = [
  '',
  ' ',
  'The area of  Peru\n\n is 1285.',
  'naïve 日本語 🎉👩‍👩‍👧 \u0000\u001b\u0085\ufeff\u200b',
  String.raw`<search> area</search> \boxed{ Lima} <eos><user>`,
  'a½ ²٣ 12',
];

describe('encode', () => {
  test.each(texts)('loses nothing of %j, with and without added tokens', (text) => {
    for (const allowSpecial of [true, false]) {
      expect(tokenizer.decode(tokenizer.encode(text, { allowSpecial }))).toBe(text);
    }
  });

  test('recognises added tokens only where it may', () => {
    const text = String.raw`<search> area</search>\boxed{<eos>`;
    expect(spelled(tokenizer.encode(text, { allowSpecial: true }))).toEqual([
      '<search>',
      ' area',
      '</search>',
      String.raw`\boxed{`,
      '<eos>',
    ]);
    const plain = tokenizer.encode(text, { allowSpecial: false });
    expect([...plain].filter((id) => tokenizer.addedToken(id))).toEqual([]);
  });

  test('never yields an added token for plain text, even if the vocabulary holds it as a word', () => {
    const vocab = { ...json.model.vocab, STOP: 300 };
    const added = [...json.added_tokens, { id: 300, content: 'STOP', special: true }];
    const odd = new Tokenizer({ ...json, model: { ...json.model, vocab }, added_tokens: added });
    expect([...odd.encode('STOP', { allowSpecial: true })]).toEqual([300]);
    expect([...odd.encode('STOP', { allowSpecial: false })]).toEqual(['S', 'T', 'O', 'P'].map((c) => odd.tokenId(c)));
  });

  // Expected words are those of the Python library, tokenizers 0.23.3.
  test.each([
    ['a½ ²٣ 12', true, ['a', '½', ' ', '²', '٣', ' ', '1', '2']],
    ['a½ ²٣ 12', false, ['a', '½', ' ', '²٣', ' ', '12']],
    ['a\ufeff b', true, ['a', '\ufeff', ' b']],
    ['a\u0085\u0085 b', true, ['a', '\u0085\u0085', ' b']],
    ['\n\n1', true, ['\n\n', '1']],
  ])('splits %j as the original does (individual digits: %s)', (text, individual, words) => {
    const toAlphabet = (word: string) =>
      Array.from(new TextEncoder().encode(word), (byte) =>
        Object.keys(json.model.vocab).find((t) => json.model.vocab[t] === byte),
      ).join('');
    const vocab: Record<string, number> = { ...json.model.vocab };
    for (const word of words) vocab[toAlphabet(word)] ??= Math.max(...Object.values(vocab)) + 1;
    const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
    const pre_tokenizer = {
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: individual }, byteLevel],
    };
    const mended = new Tokenizer({ ...json, model: { ...json.model, vocab }, added_tokens: [], pre_tokenizer });
    const ids = mended.encode(text, { allowSpecial: false });
    expect(Array.from(ids, (id) => mended.decode([id]))).toEqual(words);
  });

  test('takes the longest of several added tokens, and their white space where they own it', () => {
    const token = (id: number, content: string, more: Json = {}) => ({ id, content, special: false, ...more });
    const added = [token(300, '<a'), token(301, '<a>'), token(302, '|', { lstrip: true, rstrip: true })];
    const greedy = new Tokenizer({ ...json, added_tokens: added });
    const e = greedy.tokenId('e')!;
    expect([...greedy.encode('<a><ae  | e', { allowSpecial: true })]).toEqual([301, 300, e, 302, e]);
  });
});

describe('decode', () => {
  test('gives nothing for an id beyond the vocabulary and U+FFFD for broken UTF-8', () => {
    expect(tokenizer.decode([99_999, 0xe4])).toBe('\ufffd');
    expect(tokenizer.decode([...tokenizer.encode('日', { allowSpecial: false })].slice(0, 2))).toBe('\ufffd');
  });

  test('comes in pieces that join to the whole, no character split', () => {
    const text = 'naïve 日本語 <search>🎉';
    const decoder = new IncrementalDecoder(tokenizer);
    const pieces = Array.from(tokenizer.encode(text, { allowSpecial: true }), (id) => decoder.push(id));
    expect(pieces.join('') + decoder.finish()).toBe(text);
    expect(pieces).toContain('日');
    expect(pieces.some((piece) => piece.includes('\ufffd'))).toBe(false);
  });

  test('ends an unfinished character before an added token, and again at the end', () => {
    const decoder = new IncrementalDecoder(tokenizer);
    const [first] = tokenizer.encode('日', { allowSpecial: false });
    expect(decoder.push(first!)).toBe('');
    expect(decoder.push(tokenizer.tokenId('<eos>')!)).toBe('\ufffd<eos>');
    expect(decoder.push(first!) + decoder.finish()).toBe('\ufffd');
  });
});

test('tokenId knows added tokens and words, and vocabSize counts both', () => {
  expect(tokenizer.tokenId('<eos>')).toBe(json.added_tokens[0]!['id']);
  expect(tokenizer.tokenId('Ġarea')).toBeGreaterThanOrEqual(256);
  expect(tokenizer.tokenId('constructor')).toBeUndefined();
  expect(tokenizer.vocabSize).toBe(Object.keys(json.model.vocab).length + json.added_tokens.length);
});

describe('load', () => {
  async function withDirectory(files: Record<string, string>, check: (directory: string) => Promise<void>) {
    const directory = await mkdtemp(join(tmpdir(), 'tokenizer-'));
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
      await check(directory);
    } finally {
      await rm(directory, { recursive: true });
    }
  }

  test('prefers chat_template.jinja, and reads special tokens in both forms', () =>
    withDirectory(
      {
        'tokenizer.json': JSON.stringify(json),
        'tokenizer_config.json': JSON.stringify({
          eos_token: { content: '<eos>' },
          pad_token: '<eos>',
          chat_template: 'old',
        }),
        'chat_template.jinja': 'new',
      },
      async (directory) => {
        const loaded = await Tokenizer.load(directory);
        expect(loaded.chatTemplate).toBe('new');
        expect(loaded.specialTokens).toEqual({ eos_token: '<eos>', pad_token: '<eos>' });
      },
    ));

  test('reads special tokens from special_tokens_map.json where tokenizer_config.json is silent', () =>
    withDirectory(
      {
        'tokenizer.json': JSON.stringify(json),
        'tokenizer_config.json': JSON.stringify({ bos_token: null, pad_token: '<user>' }),
        'special_tokens_map.json': JSON.stringify({
          bos_token: '<agent>',
          eos_token: { content: '<eos>', lstrip: false },
          pad_token: '<eos>',
          unk_token: '<eos>',
        }),
      },
      async (directory) => {
        const expected = { eos_token: '<eos>', pad_token: '<user>', unk_token: '<eos>' };
        expect((await Tokenizer.load(directory)).specialTokens).toEqual(expected);
        expect(await tokenizerEndIds(directory)).toEqual([tokenizer.tokenId('<eos>')]);
      },
    ));

  test('does without tokenizer_config.json', () =>
    withDirectory({ 'tokenizer.json': JSON.stringify(json) }, async (directory) => {
      const loaded = await Tokenizer.load(directory);
      expect([loaded.chatTemplate, loaded.specialTokens]).toEqual([null, {}]);
    }));

  const whole = JSON.stringify(json);
  const config = (content: unknown) => ({ 'tokenizer.json': whole, 'tokenizer_config.json': JSON.stringify(content) });

  test.each<[Record<string, string>, RegExp]>([
    [{}, /tokenizer\.json is missing/],
    [{ 'tokenizer.json': '' }, /tokenizer\.json: is empty/],
    [{ 'tokenizer.json': '{' }, /tokenizer\.json: is not JSON/],
    [{ 'tokenizer.json': '[]' }, /tokenizer\.json: is not a JSON object/],
    [{ 'tokenizer.json': whole, 'tokenizer_config.json': 'null' }, /tokenizer_config\.json: is not a JSON object/],
    [config({ eos_token: 5 }), /tokenizer_config\.json: "eos_token" must be a text/],
    [config({ chat_template: 5 }), /tokenizer_config\.json: "chat_template" must be a text, or a list/],
    [config({ chat_template: [{ name: 'tool_use', template: '' }] }), /no template named "default"/],
    [config({ chat_template: [null] }), /no template named "default"/],
    [config({ added_tokens_decoder: [] }), /"added_tokens_decoder" must be an object/],
    [
      config({ added_tokens_decoder: { x: {} } }),
      /"added_tokens_decoder" has no token with a text as "content" at "x"/,
    ],
    [{ ...config({}), 'special_tokens_map.json': '{"pad_token":[]}' }, /special_tokens_map\.json: "pad_token" must be/],
  ])('refuses %j', (files, message) =>
    withDirectory(files, (directory) => expect(Tokenizer.load(directory)).rejects.toThrow(message)),
  );
});
