import { expect, test } from 'vitest';
import { wordProblems } from './arpo-questions.js';

const row = (question: string, ground_truth: unknown, ability = 'math') => ({
  ability,
  extra_info: { question },
  reward_model: { ground_truth },
});

test('word problems with a number as their answer are taken, each once', () => {
  const rows = [row('Ada has 3 pears and eats 2. How many are left?', '1'), row('What are 2 and 2.5?', ' 4.50 ')];
  expect(wordProblems([...rows, ...rows]).map(({ id, answer }) => [id, answer])).toEqual([
    ['arpo-2', '1'],
    ['arpo-3', '4.50'],
  ]);
});

test.each([
  ['a question about facts', row('Who was born in 1879?', '5', 'qa')],
  ['a formula', row('What is $x^2$ for x = 3?', '9')],
  ['another language', row('求 a + b 的值。 2', '9')],
  ['no number in the question', row('How many letters has a word?', '4')],
  ['an answer that is no plain number', row('What is 1 divided by 3?', '\\frac{1}{3}')],
  ['no answer', row('What is 1 and 1?', '')],
  ['a question as long as an essay', row(`${'Ada has 3 pears. '.repeat(20)}How many?`, '60')],
])('%s is left out', (_, bad) => {
  expect(wordProblems([bad])).toEqual([]);
});
