import { expect, test } from 'vitest';
import { parseFormula } from './formula.js';

test.each([
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3 - -1', 10],
  ['2 ^ 3 ^ 2 / 2', 256],
  ['-2 ** 2', -4],
  ['.5 * right + 0.1 * calls_2', 0.8],
  ['max(0, min(right, 1)) + abs(-1.5e0)', 2.5],
  ['floor(sqrt(17)) + log(exp(1))', 5],
  ['min + 1', 8],
])('%s is %d', (text, value) => {
  expect(parseFormula(text).evaluate({ right: 1, calls_2: 3, min: 7 })).toBeCloseTo(value, 12);
});

test('says which names it uses', () => {
  expect(parseFormula('a * b + max(a, c-d)').names).toEqual(['a', 'b', 'c-d']);
});

test.each([
  ['', 'expected a number, a name or a bracket at the end'],
  ['1 +', 'expected a number, a name or a bracket at the end'],
  ['a b', 'expected an operator at character 3'],
  ['(a', 'expected ) at the end'],
  ['a % 2', 'character 2 belongs to no formula'],
  ['max(a;b)', 'character 6 belongs to no formula'],
  ['('.repeat(99), 'it has too many brackets'],
])('%o is no formula', (text, message) => {
  expect(() => parseFormula(text)).toThrow(message);
});
