import { expect, test } from 'vitest';
import { readGsm8k } from './gsm8k.js';

const row = { question: ' How many are 2 and 3? ', answer: 'Together they are 2+3=<<2+3=5>>5.\n#### 5', idx: 0 };

test('a row is a problem with its solution, named by its line', () => {
  expect(readGsm8k(`\n${JSON.stringify(row)}\n`)).toEqual([
    {
      id: 'gsm8k-2',
      question: 'How many are 2 and 3?',
      answer: '5',
      calculations: [{ thought: 'Together they are', expression: '2+3', value: 5 }],
    },
  ]);
});

test.each(['{"question": "How ma', '[', 'null'])('%s is no row, and its line is named', (line) => {
  expect(() => readGsm8k(`${JSON.stringify(row)}\n${line}`)).toThrow('gsm8k, line 2: it is not a JSON object');
});

test.each([
  [{ question: 'How many?' }, 'line 1: question and answer must be strings'],
  [{ question: 'How many?', answer: 'five' }, 'line 1: answer has no result behind ####'],
])('%j is refused, with its line', (bad, problem) => {
  expect(() => readGsm8k(JSON.stringify(bad))).toThrow(problem);
});
