import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import createEngine from 'wink-bm25-text-search';
import { describe, expect, test } from 'vitest';
import { indexOf, rankingOver } from '../../../test/support/corpus.js';
import { documentWords, queryWords } from '../words.js';
import { IndexFile } from './index-file.js';
import { Ranking, type Bm25 } from './ranking.js';

/** Draws that are the same in every test run. */
function draws(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

/** Few words, most of them frequent, so that documents tie and share words; some repeat one often. */
function textsOf(count: number, words: number, seed: number): string[] {
  const draw = draws(seed);
  const word = () => `w${Math.floor(words * draw() ** 3)}`;
  return Array.from({ length: count }, (_, i) => {
    const text = Array.from({ length: Math.floor(draw() * 12) }, word).join(' ');
    return i % 97 === 0 ? `${text} ${`${word()} `.repeat(300)}` : text;
  });
}

/** Another implementation of the same formula, which scores every document that has a word of the query. */
function wink(texts: readonly string[], { k1, b }: Bm25): (query: string, limit: number) => number[] {
  const engine = createEngine();
  engine.defineConfig({ fldWeights: { text: 1 }, bm25Params: { k1, b, k: 1 } });
  engine.definePrepTasks([documentWords], 'text');
  engine.definePrepTasks([queryWords]);
  for (const [number, text] of texts.entries()) engine.addDoc({ text }, number);
  engine.consolidate(9);
  return (query, limit) => engine.search(query, limit).map(([number]) => Number(number));
}

describe.each([
  { k1: 1.2, b: 0.75 },
  { k1: 0.2, b: 0.5 },
  { k1: 0, b: 0 },
  { k1: 10, b: 1 },
])('with k1 $k1 and b $b', (bm25) => {
  test.each([
    [5000, 40],
    [5000, 3000],
    [200, 10],
  ])('%d documents of %d words are ranked as by an engine that scores all of them', (count, words) => {
    const texts = textsOf(count, words, count + words);
    const [ours, theirs] = [rankingOver(texts, bm25), wink(texts, bm25)];
    const draw = draws(7);
    for (const length of [1, 1, 1, 2, 2, 3, 3, 5, 8, 30]) {
      for (const limit of [1, 3, 20]) {
        const query = Array.from({ length }, () => `w${Math.floor(words * draw() ** 2)}`).join(' ');
        expect([query, ours.best(query, limit)]).toEqual([query, theirs(query, limit)]);
      }
    }
  });
});

test('an index that is written in parts is the same, byte for byte, and leaves no part behind', () => {
  const texts = textsOf(400, 3000, 1);
  const whole = indexOf(texts);
  for (const limits of [
    { postings: 100, words: 1000 },
    { postings: 100_000, words: 50 },
    { postings: 1, words: 1 },
  ]) {
    const path = indexOf(texts, limits);
    expect(readFileSync(path).equals(readFileSync(whole))).toBe(true);
  }
  expect(readdirSync(dirname(whole)).filter((name) => name.includes('part'))).toEqual([]);
});

test('every word is found with its documents and how often they have it', () => {
  const texts = [...textsOf(300, 2000, 2), '𠮷野家 zebra', 'often '.repeat(70_000)];
  const index = IndexFile.open(indexOf(texts));
  const counted = new Map<string, Map<number, number>>();
  for (const [number, text] of texts.entries()) {
    for (const word of documentWords(text)) {
      const documents = counted.get(word) ?? new Map<number, number>();
      counted.set(word, documents.set(number, (documents.get(number) ?? 0) + 1));
    }
  }
  for (const [word, documents] of counted) {
    const found = index.find(word)!;
    expect([word, [...found.documents], [...found.frequencies]]).toEqual([
      word,
      [...documents.keys()],
      [...documents.values()],
    ]);
  }
  expect([...index.entries()].map(({ word }) => word)).toEqual([...counted.keys()].sort());
  for (const absent of ['', 'a', 'w', 'w10000', 'zzz', '龍']) expect(index.find(absent)).toBeNull();
  index.close();
});

test('words that are forgotten to make room are read again', () => {
  const texts = textsOf(2000, 100, 3);
  const index = IndexFile.open(indexOf(texts));
  const [roomy, narrow] = [new Ranking(index, { k1: 1.2, b: 0.75 }), new Ranking(index, { k1: 1.2, b: 0.75 }, 10_000)];
  for (let i = 0; i < 200; i += 1) {
    const query = `w${i % 90} w${(i * 7) % 90} w${i % 3}`;
    expect(narrow.best(query, 5)).toEqual(roomy.best(query, 5));
  }
});
