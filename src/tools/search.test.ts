import { truncateSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SHOWN_CHARACTERS } from './search-pages.js';
import { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { resolveEmbeddings } from '../spec/tools/embeddings.js';
import { Embedder } from './corpus/embedder.js';
import { fused } from './corpus/fuse.js';
import { SearchTool } from './search.js';
import { ask } from '../../test/support/calls.js';
import { corpusOf, embeddedCorpusOf, rankingOver } from '../../test/support/corpus.js';
import { EmbeddingsServer } from '../../test/support/embeddings-server.js';

const facts = [
  'The capital of Peru is Lima.',
  'The area of Peru is 1285 thousand square kilometres.',
  'The currency of Botswana is Botswana pula.',
  'The area of Botswana is 582 thousand square kilometres.',
  'The capital of Botswana is Gaborone.',
];

/** Of each collection of texts and settings one, which tests share. */
const open = new Map<string, Promise<SearchTool>>();
afterAll(() => Promise.all([...open.values()].map(async (tool) => (await tool).close())));

function toolOver(texts: readonly string[], topK: number, bm25 = { k1: 0.2, b: 0.5 }): Promise<SearchTool> {
  const key = JSON.stringify([texts, topK, bm25]);
  const tool = open.get(key) ?? SearchTool.over(corpusOf(texts), { topK, ...bm25 });
  open.set(key, tool);
  return tool;
}

async function search(texts: readonly string[], topK: number, query: string) {
  return ask(await toolOver(texts, topK), query);
}

describe('ranking', () => {
  test('is BM25: the scores of a hand calculation order the documents', async () => {
    // N = 4, average length 3. Query "x": n = 3, idf = ln(1 + 1.5 / 3.5). With k1 = 2, b = 1, tf·(k1 + 1) / (tf + k1·len / 3):
    // "x x y y y y" 2·3 / (2 + 4) = 1; "x y z" 1·3 / (1 + 2) = 1; "x" 3 / (1 + 2 / 3) = 1.8; the first two tie.
    const texts = ['x x y y y y', 'x y z', 'x', 'u v'];
    expect(rankingOver(texts, { k1: 2, b: 1 }).best('X!', 4)).toEqual([2, 0, 1]);
    // With b = 0 the length does not matter, and with k1 = 0 neither does repetition: then all tie.
    expect(rankingOver(texts, { k1: 2, b: 0 }).best('x', 4)).toEqual([0, 1, 2]);
    expect(rankingOver(texts, { k1: 0, b: 0 }).best('x', 2)).toEqual([0, 1]);
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
    const index = rankingOver(same, { k1: 0.2, b: 0.5 });
    expect(index.best('lima', 12)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('knows words of any script, in any case, and not the names of object properties', async () => {
    const texts = ['São Tomé', 'ΑΘΗΝΑ', 'हिन्दी भाषा', 'constructor __proto__', 'z'];
    const index = rankingOver(texts, { k1: 0.2, b: 0.5 });
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

test('a call that cannot be answered is an infra_error: the corpus is gone, or the tool is closed', async () => {
  const gone = async (): Promise<string[]> => Promise.reject(new Error('documents of ds_1 do not exist any more'));
  const tool = await SearchTool.over({ ...corpusOf(facts), texts: gone }, { topK: 1, k1: 0.2, b: 0.5 });
  const [found, nothing] = await Promise.all([ask(tool, 'Peru'), ask(tool, 'Atlantis')]);
  expect(found).toEqual({ kind: 'infra_error', message: 'search: documents of ds_1 do not exist any more' });
  expect(nothing).toEqual({ kind: 'ok', text: 'No search results found.' });
  const underWay = ask(tool, 'Peru');
  await tool.close();
  const closed = { kind: 'infra_error', message: 'search: the search tool was closed' };
  expect([await underWay, await ask(tool, 'Peru')]).toEqual([closed, closed]);
});

test('a call that is aborted ends with the reason', async () => {
  const abort = new AbortController();
  const call = ask(await toolOver(facts, 1), 'Peru', abort.signal);
  abort.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});

test('an index that cannot be read is refused', async () => {
  const corpus = corpusOf(facts);
  truncateSync(corpus.indexPath, 100);
  await expect(SearchTool.over(corpus, { topK: 1, k1: 0.2, b: 0.5 })).rejects.toThrow();
});

describe('by embeddings', () => {
  let server: EmbeddingsServer;
  beforeEach(async () => {
    server = await EmbeddingsServer.open();
  });
  afterEach(() => server.close());
  const embedderOf = () =>
    new Embedder({
      spec: resolveEmbeddings({ base_url: server.baseUrl, model: 'trigrams', timeout_s: 0.3 }),
      outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
      secret: null,
    });
  const searchBy = async (retrieval: 'dense' | 'hybrid', texts: readonly string[], topK: number) =>
    SearchTool.over(await embeddedCorpusOf(texts, embedderOf(), retrieval), { topK, k1: 0.2, b: 0.5 });

  test('dense finds the document that is spelt alike, where no word is the same', async () => {
    const tool = await searchBy('dense', facts, 1);
    expect(await ask(tool, 'botswanan currencies')).toEqual({ kind: 'ok', text: facts[2] });
    expect(await search(facts, 1, 'botswanan currencies')).toMatchObject({ text: 'No search results found.' });
    await tool.close();
  });

  test('all documents are ranked by cosine, equal ones by number, as on paper', async () => {
    const texts = Array.from({ length: 57 }, (_, i) => `${facts[i % 5]} ${i % 19}`);
    const tool = await searchBy('dense', texts, 50);
    const query = 'what is the area of Peru';
    const unit = (text: string) => {
      const vector = server.embed(text);
      const length = Math.hypot(...vector);
      return Float32Array.from(vector, (value) => value / length);
    };
    const asked = unit(query);
    const scores = texts.map((text) => unit(text).reduce((sum, value, i) => sum + value * asked[i]!, 0));
    const shown = ((await ask(tool, query)) as { text: string }).text
      .split('\n')
      .map((line) => line.replace(/^.*?: /, ''));
    expect(shown).toHaveLength(50);
    const found = shown.map((text) => scores[texts.indexOf(text)]!);
    for (const [i, score] of found.entries()) expect(score).toBeGreaterThanOrEqual((found[i + 1] ?? -1) - 1e-6);
    expect(found[49]).toBeCloseTo(scores.toSorted((a, b) => b - a)[49]!, 6);
    expect(await ask(tool, query)).toEqual({ kind: 'ok', text: expect.stringContaining(shown[0]!) as string });
    await tool.close();
  });

  test('hybrid finds what either finds, first what both do', async () => {
    const texts = ['A hare.', 'Botswanas Hauptstadt', 'Gaborone', 'The hare of Gaborone', 'zzz'];
    const tool = await searchBy('hybrid', texts, 3);
    expect(await ask(tool, 'the hare of Gaborone')).toEqual({
      kind: 'ok',
      text: 'Page 1: The hare of Gaborone\nPage 2: Gaborone\nPage 3: A hare.',
    });
    expect(((await ask(tool, 'hauptstädte')) as { text: string }).text).toMatch(/^Page 1: Botswanas Hauptstadt\n/);
    expect(await ask(tool, ' ')).toEqual({ kind: 'ok', text: 'No search results found.' });
    await tool.close();
  });

  test('an endpoint that fails, or has changed its model, is an infra_error that says so', async () => {
    const tool = await searchBy('hybrid', facts, 1);
    server.dimensions = 7;
    expect(await ask(tool, 'Peru')).toEqual({
      kind: 'infra_error',
      message: `search: 127.0.0.1:${server.port} embeds in 7 dimensions, and has embedded the corpus in 250: have it serve the model that it served then, or upload the corpus again`,
    });
    server.answers(500, 'out of memory');
    expect(await ask(tool, 'Botswana')).toEqual({
      kind: 'infra_error',
      message: `search: 127.0.0.1:${server.port} answered 500: out of memory; see that the server of embeddings.base_url works, or raise embeddings.timeout_s`,
    });
    await tool.close();
  });
});

test('rankings are fused by reciprocal rank, equal sums by number', () => {
  // 1/61 + 1/63 > 1/62 + 1/62, by Jensen's inequality; 9 and 4 have the same.
  expect(
    fused(
      [
        [5, 7, 9],
        [4, 7, 5],
      ],
      10,
    ),
  ).toEqual([5, 7, 4, 9]);
  expect(fused([[9], [4]], 1)).toEqual([4]);
});
