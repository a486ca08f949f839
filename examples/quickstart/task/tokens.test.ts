import { describe, expect, test } from 'vitest';
import { defaultChatTemplate } from '../../../src/engine/io/default-chat-template.js';
import { Tokenizer } from '../../../src/engine/io/tokenizer.js';
import { trainTokenizer } from '../../../src/engine/io/train-tokenizer.js';
import { Renderer } from '../../../src/trainer/model/render.js';
import { bm25 } from './bm25.js';
import { makeTask } from './quickstart-task.js';
import { solve } from './script.js';
import { pieces, tags, transcript } from './tokens.js';

const task = makeTask(0);
const documents = task.corpus.map((row) => row.text);
const search = bm25(documents);
const coldStart = task.lessons.map(({ messages }) => transcript(messages));
const careful = [...task.train, ...task.heldOut].map((question) => transcript(solve(question.task, search).messages));

const trained = trainTokenizer(task.tokenizerTexts, { vocabSize: 1_000, addedTokens: tags, eosToken: '<eos>' });
const tokenizer = new Tokenizer(trained, { eos_token: '<eos>', chat_template: defaultChatTemplate });
const tokensOf = (text: string) => [...tokenizer.encode(text, { allowSpecial: true })];

describe('the pieces of a text', () => {
  test('are words with their space, single digits, tags and punctuation, and nothing is lost', () => {
    const text =
      '<think> I add them.</think><python> 12 + 7</python><result>\n19\n</result><answer>\\boxed{ 19}</answer>';
    const expected =
      '<think>| I| add| them|.|</think>|<python>| 1|2| +| 7|</python>|<result>|\n|1|9|\n|</result>' +
      '|<answer>|\\boxed{| 1|9|}|</answer>';
    expect(pieces(text)).toEqual(expected.split('|'));
    for (const line of coldStart) expect(pieces(line).join('')).toBe(line);
  });
});

describe("the service's tokenizer, trained on the task's texts", () => {
  test('has 945 entries: 256 bytes, 15 tags and turns, 9 spaced digits, 665 words', () => {
    expect(tokenizer.vocabSize).toBe(945);
  });

  test('makes one token of each piece of the documents, of evaluation and of the cold start', () => {
    for (const piece of new Set([...documents, ...careful, ...coldStart].flatMap(pieces))) {
      expect(tokensOf(piece)).toHaveLength(1);
    }
  });

  test('renders a lesson as its transcript', () => {
    const renderer = new Renderer(tokenizer, [], null);
    for (const { messages } of task.lessons.filter((_, index) => index % 50 === 0)) {
      const sequences = renderer.demonstrations(messages);
      expect(sequences).toHaveLength(1);
      const ids = sequences.flat().flatMap(({ tokens }) => [...tokens]);
      expect(ids.map((id) => tokenizer.decode([id]))).toEqual(pieces(transcript(messages)));
    }
  });

  test('cuts a text where the pieces end', () => {
    for (const text of [...documents, ...careful, ...coldStart].filter((_, index) => index % 50 === 0)) {
      expect(tokensOf(text).map((id) => tokenizer.decode([id]))).toEqual(pieces(text));
    }
  });

  test('has no word that the cold start never shows', () => {
    const shown = new Set(coldStart.flatMap(pieces));
    expect(task.tokenizerTexts.flatMap(pieces).filter((piece) => !shown.has(piece))).toEqual([]);
  });
});

test('a careful agent needs fewer than 160 tokens, question included', () => {
  expect(Math.max(...careful.map((text) => pieces(text).length))).toBeLessThan(160);
});
