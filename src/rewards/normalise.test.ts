import { expect, test } from 'vitest';
import { normalisedWords } from './normalise.js';

const original = { keepNumbers: false, unwrapText: false, keepLoneArticle: false, allScripts: false };
const normalise = (text: string) => normalisedWords(text, original);

test('deletes ASCII punctuation without leaving a space, and no other punctuation', () => {
  expect(normalise('New-York’s (1,2)!')).toEqual(['newyork’s', '12']);
});

test('drops articles at Unicode word boundaries only', () => {
  expect(normalise('The España a')).toEqual(['españa']);
  expect(normalise('Espan\u0303a')).toEqual(['espan\u0303']);
});

test('splits where Python splits', () => {
  expect(normalise('a1\u0085b\u001cc\u3000d')).toEqual(['a1', 'b', 'c', 'd']);
  expect(normalise('b\ufeffc\u200bd')).toEqual(['b\ufeffc\u200bd']);
});

test('takes characters of scripts without spaces as words, and punctuation of all scripts away, where asked to', () => {
  const rules = { ...original, allScripts: true };
  expect(normalisedWords('法国的首都是「巴黎」。', rules)).toEqual(['法', '国', '的', '首', '都', '是', '巴', '黎']);
  expect(normalisedWords('New York’s — 東京タワー', rules)).toEqual(['new', 'yorks', '東', '京', 'タ', 'ワ', 'ー']);
});

test('keeps a lone article, signs and points where asked to', () => {
  const rules = { keepNumbers: true, unwrapText: true, keepLoneArticle: true, allScripts: false };
  expect(normalisedWords('A.', rules)).toEqual(['a']);
  expect(normalisedWords('a cat', rules)).toEqual(['cat']);
  expect(normalisedWords('well-known, -3.50; 5-10, x-1.', rules)).toEqual(['wellknown', '-3.50', '510', 'x1']);
});
