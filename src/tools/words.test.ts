import { expect, test } from 'vitest';
import { documentWords, queryWords } from './words.js';

test.each([
  ['words of Latin script', "The area of Peru: 1,285 km²; don't", 'the area of peru 1 285 km2 don t'],
  ['accents, however they are written', 'SA\u0303O Tomé', 'são tomé'],
  ['scripts with spaces', 'हिन्दी ΑΘΗΝΑ Москва', 'हिन्दी αθηνα москва'],
  ['Chinese', '法国的首都', '法国 国的 的首 首都'],
  ['Japanese, with marks of repetition and length', '時々コーヒー', '時々 々コ コー ーヒ ヒー'],
  ['half-width kana and full-width letters', 'ｶﾞＡＢＣ１２', 'ガ abc12'],
  ['Korean', '서울은', '서울 울은'],
  ['Thai, vowels and tones with their consonant', 'น้ำดื่ม', 'น้ํา าดื่ ดื่ม'],
  ['Lao', 'ລາວ', 'ລາ າວ'],
  ['Khmer', 'ខ្មែរ', 'ខ្មែ មែរ'],
  ['a lone character', '茶', '茶'],
  ['a script beside another', '第12回GPT模型', '第 12 回 gpt 模型'],
  ['characters beyond the basic plane', '𠮷野家', '𠮷野 野家'],
])('a query is cut into words: %s', (_, text, expected) => {
  expect(queryWords(text).join(' ')).toBe(expected);
});

test('a document has each character of an unspaced script as well, and is otherwise cut alike', () => {
  expect(documentWords('日本の茶 tea')).toEqual(['日', '本', 'の', '茶', '日本', '本の', 'の茶', 'tea']);
  const latin = 'The Capital of Peru is Lima; São Tomé has 0.2 million.';
  expect(documentWords(latin)).toEqual(queryWords(latin));
});

test('ASCII is cut at everything but letters and digits', () => {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
  expect(documentWords(ascii)).toEqual(['0123456789', 'abcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrstuvwxyz']);
});
