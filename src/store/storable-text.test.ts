import { expect, test } from 'vitest';
import { isStorable, storableText } from './storable-text.js';

test.each([
  ['plain text, 猫 and 🐈', 'plain text, 猫 and 🐈'],
  ['a\0b', 'a\ufffdb'],
  ['half \ud83d', 'half \ufffd'],
  ['\udc08\ud83d swapped', '\ufffd\ufffd swapped'],
])('%j is stored as %j', (text, stored) => {
  expect(storableText(text)).toBe(stored);
  expect(isStorable(text)).toBe(text === stored);
});
