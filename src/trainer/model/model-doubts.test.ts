import { expect, test } from 'vitest';
import { tinyTokenizer } from '../../../test/support/fake-policy.js';
import { Tokenizer } from '../../engine/io/tokenizer.js';
import { trainTokenizer } from '../../engine/io/train-tokenizer.js';
import { doubtsAbout } from './model-doubts.js';
import { Renderer } from './render.js';

test('a usual model raises no doubt', () => {
  expect(doubtsAbout(new Renderer(tinyTokenizer([], ['<think>']), [], null))).toEqual([]);
});

test('a template that stops at the question does', () => {
  const template = '{% for m in messages %}{{ m.content }}\n{% endfor %}';
  const doubts = doubtsAbout(new Renderer(tinyTokenizer([], [], { template }), [], null));
  expect(doubts).toEqual([expect.stringContaining('writes nothing behind a question')]);
});

test('a tokenizer without a byte of the tags does', () => {
  const json = trainTokenizer([], { vocabSize: 300, addedTokens: [], eosToken: '<eos>' });
  delete json.model.vocab['/'];
  const template = "{% for m in messages %}{{ m.content }}{% endfor %}{{ '<agent>' }}";
  const tokenizer = new Tokenizer(json, { eos_token: '<eos>', chat_template: template });
  expect(doubtsAbout(new Renderer(tokenizer, [], null))).toEqual([
    expect.stringMatching(/^The tokenizer cannot write <\/think>, <\/search>, /),
  ]);
});
