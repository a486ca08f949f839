import { describe, expect, test } from 'vitest';
import { SearchIndex } from './search-index.js';
import { SHOWN_CHARACTERS } from './search-pages.js';
import { SearchTool } from './search.js';
import { ask } from '../../test/support/calls.js';

const facts = [
  'The capital of Peru is Lima.',
  'The area of Peru is 1285 thousand square kilometres.',
  'The currency of Botswana is Botswana pula.',
  'The area of Botswana is 582 thousand square kilometres.',
  'The capital of Botswana is Gaborone.',
];

const toolOver = (texts: readonly string[], topK: number, bm25 = { k1: 0.2, b: 0.5 }) =>
  SearchTool.over(
    texts.map((text) => ({ text })),
    { topK, ...bm25 },
  );

async function search(texts: readonly string[], topK: number, query: string) {
  return ask(await toolOver(texts, topK), query);
}

describe('ranking', () => {
  test('is BM25: the scores of a hand calculation order the documents', async () => {
    // N = 4, average length 3. Query "x": n = 3, idf = ln(1 + 1.5 / 3.5). With k1 = 2, b = 1, tf·(k1 + 1) / (tf + k1·len / 3):
    // "x x y y y y" 2·3 / (2 + 4) = 1; "x y z" 1·3 / (1 + 2) = 1; "x" 3 / (1 + 2 / 3) = 1.8; the first two tie.
    const texts = ['x x y y y y', 'x y z', 'x', 'u v'];
    expect((await SearchIndex.of(texts, { k1: 2, b: 1 })).best('X!', 4)).toEqual([2, 0, 1]);
    // With b = 0 the length does not matter, and with k1 = 0 neither does repetition: then all tie.
    expect((await SearchIndex.of(texts, { k1: 2, b: 0 })).best('x', 4)).toEqual([0, 1, 2]);
    expect((await SearchIndex.of(texts, { k1: 0, b: 0 })).best('x', 2)).toEqual([0, 1]);
  });

  test('with little weight on repetition finds the fact that was asked for', async () => {
    expect(await search(facts, 1, 'area of Botswana')).toEqual({ kind: 'ok', text: facts[3] });
    expect(await search(facts, 1, 'country with capital Gaborone')).toEqual({ kind: 'ok', text: facts[4] });
  });

  test('with the usual weights prefers a sentence that says the name twice', async () => {
    const usual = await toolOver(['The area of Botswana is large and flat.', facts[2] ?? '', 'x', 'y', 'z'], 1, {
      k1: 1.2,
      b: 0.75,
    });
    expect(await ask(usual, 'of Botswana')).toMatchObject({ text: facts[2] });
  });

  test('puts equally good documents in their order', async () => {
    const same = Array.from({ length: 12 }, (_, i) => `lima ${String.fromCharCode(97 + i)}`);
    const index = await SearchIndex.of(same, { k1: 0.2, b: 0.5 });
    expect(index.best('lima', 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('knows words of any script, in any case, and not the names of object properties', async () => {
    const texts = ['São Tomé', 'ΑΘΗΝΑ', 'हिन्दी भाषा', 'constructor __proto__', 'z'];
    const index = await SearchIndex.of(texts, { k1: 0.2, b: 0.5 });
    expect(index.best('SA\u0303O', 1)).toEqual([0]);
    expect(index.best('αθηνα', 1)).toEqual([1]);
    expect(index.best('हिन्दी', 1)).toEqual([2]);
    expect(index.best('"constructor"', 5)).toEqual([3]);
    expect(index.best('toString hasOwnProperty', 5)).toEqual([]);
  });
});

describe('in scripts without spaces', () => {
  const texts = [
    '法国的首都是巴黎。',
    '德国的首都是柏林。',
    '日本の首都は東京です。',
    'The capital of Peru is Lima.',
    'เมืองหลวงของประเทศไทยคือกรุงเทพมหานคร',
    'ເມືອງຫຼວງຂອງລາວແມ່ນວຽງຈັນ',
    'រាជធានីរបស់កម្ពុជាគឺភ្នំពេញ',
    '대한민국의 수도는 서울입니다.',
  ];

  test.each([
    ['法国首都', 0],
    ['法国的首都', 0],
    ['法国', 0],
    ['巴黎', 0],
    ['柏林', 1],
    ['東京', 2],
    ['京', 2],
    ['capital Peru 首都', 3],
    ['ประเทศไทย', 4],
    ['ວຽງຈັນ', 5],
    ['ភ្នំពេញ', 6],
    ['서울', 7],
  ])('%s finds its document', async (query, number) => {
    expect(await search(texts, 1, query)).toEqual({ kind: 'ok', text: texts[number] });
  });

  test('what stands nowhere is not found', async () => {
    expect(await search(texts, 1, '火星')).toEqual({ kind: 'ok', text: 'No search results found.' });
  });
});

describe('what the model sees', () => {
  test('is the text alone for a top_k of 1', async () => {
    expect(await search(facts, 1, ' area of Peru')).toEqual({ kind: 'ok', text: facts[1] });
  });

  test('is a line for each document otherwise', async () => {
    expect(await search(facts, 3, 'Peru')).toEqual({ kind: 'ok', text: `Page 1: ${facts[0]}\nPage 2: ${facts[1]}` });
  });

  test.each([['Atlantis'], [''], ['"!?"']])('is a notice when nothing has a word of %j', async (query) => {
    expect(await search(facts, 1, query)).toEqual({ kind: 'ok', text: 'No search results found.' });
  });

  test('is no more than the beginning of a long document', async () => {
    const long = '😀'.repeat(SHOWN_CHARACTERS - 5) + ' peru and more';
    expect(await search([long], 1, 'peru')).toEqual({ kind: 'ok', text: '😀'.repeat(SHOWN_CHARACTERS - 5) + ' peru' });
  });
});

test.each([0, 1, 2, 3])('a corpus of %d documents can be searched', async (count) => {
  const texts = facts.slice(0, count);
  expect(await search(texts, 1, 'Lima')).toMatchObject({ text: count === 0 ? 'No search results found.' : facts[0] });
});

test('a closed tool says so', async () => {
  const tool = await toolOver(facts, 1);
  await tool.close();
  expect(await ask(tool, 'Peru')).toEqual({ kind: 'infra_error', message: 'The search tool was closed' });
});
