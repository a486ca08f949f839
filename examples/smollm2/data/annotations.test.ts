import { describe, expect, test } from 'vitest';
import { calculationsOf, finalAnswer } from './annotations.js';

const worked = [
  'Ada picks 16 - 3 - 4 = <<16-3-4=9>>9 apples a day.',
  'She earns 9 * 2 = $<<9*2=18>>18 each day at the market.',
  '#### 18',
].join('\n');

test('each annotation is a calculation, with the words before it as its thought', () => {
  expect(calculationsOf(worked, 100)).toEqual([
    { thought: 'Ada picks', expression: '16-3-4', value: 9 },
    { thought: 'She earns', expression: '9*2', value: 18 },
  ]);
});

test('a second annotation in a line takes the words between the two', () => {
  const line = 'Ada has 2*3=<<2*3=6>>6 and so both have 6+4=<<6+4=10>>10 pears.\n#### 10';
  expect(calculationsOf(line, 100)?.map(({ thought }) => thought)).toEqual(['Ada has', 'and so both have']);
});

test('a word that ends in x is no multiplication', () => {
  expect(calculationsOf('With the tax 3 x 5 = <<3*5=15>>15 dollars\n#### 15', 100)?.[0]?.thought).toBe('With the tax');
});

test('dollars, spaces and thousands separators are no part of the arithmetic', () => {
  expect(calculationsOf('He has $1,000 + $2,500 = $<<1,000 + 2500=3,500>>3,500\n#### 3,500', 100)).toEqual([
    { thought: 'He has', expression: '1000+2500', value: 3500 },
  ]);
});

describe('a solution is not used', () => {
  test.each([
    ['that shows no calculation', 'There are 5.\n#### 5'],
    ['whose last calculation does not give the answer', 'She has 2+3=<<2+3=5>>5, rounded to 10.\n#### 10'],
    ['that has a calculation without words', '2+3=<<2+3=5>>5\n#### 5'],
    ['that has longer words than asked for', `${'So '.repeat(40)}2+3=<<2+3=5>>5\n#### 5`],
    ['that has an unknown in its arithmetic', 'So 2*x = <<2*x=6>>6\n#### 6'],
    ['that calculates nothing', 'So there are <<6=6>>6\n#### 6'],
  ])('%s', (_, answer) => {
    expect(calculationsOf(answer, 100)).toBeNull();
  });
});

test('the answer stands behind the hashes, without separators', () => {
  expect(finalAnswer('…\n#### 70,000')).toBe('70000');
  expect(finalAnswer('no hashes')).toBeNull();
});
