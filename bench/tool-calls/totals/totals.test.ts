import { describe, expect, test } from 'vitest';
import { bm25 } from '../../../examples/quickstart/task/bm25.js';
import { corpus } from '../../../examples/quickstart/task/corpus.js';
import { countries } from '../../../examples/quickstart/task/countries.js';
import { fullCurriculum } from '../../../examples/quickstart/task/curriculum.js';
import { splitCountries } from '../../../examples/quickstart/task/split.js';
import { pieces, tags, tokenCount, transcript } from '../../../examples/quickstart/task/tokens.js';
import { namesOf } from '../../../examples/quickstart/task/world.js';
import { Random } from '../../../examples/support/random.js';
import { Tokenizer } from '../../../src/engine/io/tokenizer.js';
import { trainTokenizer } from '../../../src/engine/io/train-tokenizer.js';
import { arpoReward } from '../../../src/rewards/arpo.js';
import { answered as responseOf } from '../../../test/support/responses.js';
import { tasks } from '../tasks.js';
import { demonstrateTotal, makeTotals, totals } from './make-totals.js';
import { carefulTotal } from './slips.js';
import { solveTotal, totalOf, wordingOf, type Four } from './totals.js';

const all = countries();
const search = bm25(corpus(all).map((row) => row.text));
const country = (name: string) => all.find((one) => one.name === name)!;
const four: Four = [country('Peru'), country('Angola'), country('Chad'), country('Spain')];
const { recipe } = tasks['5-call'];
const { curriculum } = recipe;
const small = makeTotals(11, { ...curriculum, steps: 30 });

const contents = (slips: Partial<typeof carefulTotal> = {}) =>
  solveTotal(four, search, { ...carefulTotal, ...slips })
    .messages.slice(1)
    .map(({ content }) => content);
const answered = (value: string) => `<think> The result has the answer.</think><answer>\\boxed{ ${value}}</answer>`;

test('the careful script searches four times, adds and boxes what python printed', () => {
  expect(wordingOf(four)).toBe('What is the total area of Peru, Angola, Chad and Spain?');
  const lines = contents();
  expect(lines).toHaveLength(11);
  expect(lines.slice(6)).toEqual([
    '<think> I need the area of Spain.</think><search> area of Spain</search>',
    'The area of Spain is 506 thousand square kilometres.',
    '<think> I add them.</think><python> 1285 + 1247 + 1284 + 506</python>',
    '4322',
    answered('4322'),
  ]);
});

test.each([
  ['early', { searches: 2 }, '1247', 2],
  ['before the calculation', { skipsPython: true }, '506', 4],
])('a demonstrator who stops %s boxes the last value seen', (_, slips, value, calls) => {
  expect(contents(slips)).toHaveLength(2 * calls + 1);
  expect(contents(slips).at(-1)).toBe(answered(value));
});

test('giving up takes no tool', () => {
  expect(contents({ givesUp: true })).toEqual(['<think> I do not know.</think><answer>\\boxed{ unknown}</answer>']);
});

describe('questions', () => {
  const random = new Random(11, 'split');
  const split = splitCountries(random, all);

  test('are all different sets of four countries of their own side of the split', () => {
    const asked = totals(new Random(11, 'heldOut'), split.heldOut, search, 200);
    const held = new Set(split.heldOut.map(({ name }) => name));
    expect(
      new Set(
        asked.map((one) =>
          one
            .map(({ name }) => name)
            .sort()
            .join(),
        ),
      ).size,
    ).toBe(200);
    expect(asked.flat().every(({ name }) => held.has(name))).toBe(true);
  });

  test('are 2,000 to train on and 200 held out, and the same for the same seed', () => {
    expect([small.train.length, small.heldOut.length]).toEqual([2_000, 200]);
    const words = (rows: typeof small.train) => new Set(rows.map(({ question }) => question));
    const trained = words(small.train);
    expect([...words(small.heldOut)].filter((question) => trained.has(question))).toEqual([]);
    expect(makeTotals(11, { ...curriculum, steps: 30 })).toEqual(small);
  });

  test('are answered by a careful agent within the limits of the recipe', () => {
    const asked = totals(new Random(11, 'train'), split.train, search, 500).map((one) => solveTotal(one, search));
    const longest = Math.max(...asked.map(({ messages }) => tokenCount(messages)));
    expect(longest).toBeLessThan(recipe.policy.rollout!.max_response_tokens!);
    expect(asked.every(({ messages }) => messages.filter(({ role }) => role === 'tool').length === 5)).toBe(true);
  });
});

test('demonstrations fit into a row, earn full reward in about a quarter of the cases, and fail late', () => {
  const random = new Random(0, 'totals');
  const names = namesOf(all);
  const score = arpoReward('bough');
  const shown = Array.from({ length: 2_000 }, () => demonstrateTotal(random, names, curriculum.rowLength));
  const calls = shown.map((messages) => messages.filter(({ role }) => role === 'tool').length);
  // The reward of the format alone, with the value that was boxed: whether it is the sum is told by the number of calls.
  const boxed = shown.filter((messages, i) => {
    const printed = messages.at(-2)!.content;
    return calls[i] === 5 && score({ response: responseOf(messages), reference: printed }).reward > 1;
  });
  expect(boxed.length / shown.length).toBeGreaterThan(0.22);
  expect(boxed.length / shown.length).toBeLessThan(0.34);
  expect(calls.filter((count) => count >= 2).length / shown.length).toBeGreaterThan(0.8);
  expect(Math.max(...shown.map(tokenCount))).toBeLessThanOrEqual(curriculum.rowLength);
});

test('the tokenizer that the service trains has one token for each piece of the task', () => {
  const trained = trainTokenizer(small.tokenizerTexts, { vocabSize: 1_000, addedTokens: tags, eosToken: '<eos>' });
  const tokenizer = new Tokenizer(trained, { eos_token: '<eos>' });
  const texts = [
    wordingOf(four),
    ...contents(),
    ...small.lessons.slice(-50).flatMap(({ messages }) => transcript(messages)),
  ];
  for (const piece of new Set(texts.flatMap(pieces)))
    expect([piece, tokenizer.encode(piece, { allowSpecial: true }).length]).toEqual([piece, 1]);
});

test('rows are longer than the quickstart’s, for demonstrations are', () => {
  expect(curriculum.rowLength).toBe(2 * fullCurriculum.rowLength);
});

test('the total is that of the areas', () => {
  expect(totalOf(four)).toBe(String(1285 + 1247 + 1284 + 506));
});
