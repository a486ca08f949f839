import { expect, test } from 'vitest';
import { passageOf } from './passage.js';

const filler = (n: number) => Array.from({ length: n }, (_, i) => `Sentence number ${i} is about nothing.`).join(' ');

test('the passage lies around the sentence that says what the snippet says', () => {
  const sentence = 'Lima, the capital of Peru, was founded by Pizarro in 1535.';
  const text = `${filler(100)} ${sentence} ${filler(100)}`;
  const passage = passageOf(text, 'The capital of Peru was founded in 1535 by Pizarro ...', 400);
  expect(passage).toContain(sentence);
  const before = passage.indexOf(sentence);
  expect(before).toBeGreaterThan(190);
  expect(passage.length).toBeLessThanOrEqual(sentence.length + 1 + 400);
});

test('without such a sentence it is the beginning', () => {
  expect(passageOf(filler(100), 'Lima capital Peru', 50)).toBe(filler(100).slice(0, 50).trim());
});

test('scripts without spaces have sentences and words, and no character is cut in two', () => {
  const sentence = '利马是秘鲁的首都。';
  const text = `${'东京有很多车站。'.repeat(40)}${sentence}${'😀'.repeat(40)}`;
  expect(passageOf(text, '秘鲁的首都是利马', 41)).toMatch(/利马是秘鲁的首都。😀{10}$/u);
});
