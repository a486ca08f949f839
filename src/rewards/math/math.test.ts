import { afterAll, describe, expect, test } from 'vitest';
import { said } from '../../../test/support/responses.js';
import { MathReward } from './math.js';

const { signal } = new AbortController();
const limits = { timeoutS: 20, memoryMb: 256 };
const symbolic = new MathReward({ comparison: 'symbolic', ...limits });
afterAll(() => symbolic.close());

const boxed = (answer: string) => said(`<answer>\\boxed{${answer}}</answer>`);
const flagOf = async (answer: string, reference: string | number | string[], reward = symbolic) => {
  const [outcome] = await reward.score([{ response: boxed(answer), reference }], signal);
  return outcome?.kind === 'scored' ? outcome.flags[0] : outcome;
};

describe('takes for equal', () => {
  test.each([
    ['1/2', '0.5'],
    ['\\frac{2}{4}', '\\dfrac12'],
    ['-\\frac{1}{2}', '\\frac{-1}{2}'],
    ['\u22125', '-5'],
    ['1,000', '1000'],
    ['12{,}345', '12345'],
    ['\\sqrt{12}', '2\\sqrt3'],
    ['x^2', 'x^{2}'],
    ['(x-1)(x+1)', 'x^2-1'],
    ['x^2+2xy+y^2', '(x+y)^2'],
    ['\\sin(2t)', '2\\sin(t)\\cos(t)'],
    ['\\frac{1}{1+\\sqrt2}', '\\sqrt2-1'],
    ['1<x<3', '3>x>1'],
    ['y = 2x+1', '1+2x'],
    ['10^{10}', '10000000000'],
    ['2^{100}', '1267650600228229401496703205376'],
    ['\\pi/4', '\\frac{\\pi}{4}'],
    ['5\\text{ cm}', '5'],
    ['90^\\circ', '90'],
    ['50\\%', '50'],
    ['(1, \\frac{1}{2})', '(1,0.5)'],
    ['\\left[0, \\frac{2}{2}\\right)', '[0,1)'],
    ['\\{2, 1\\}', '\\{1,2\\}'],
    ['3, 1/2', '0.5, 3'],
    ['\\text{Paris}', 'paris'],
    ['3 + 4i', '4i+3'],
  ])('%s and %s', async (answer, reference) => {
    expect(await flagOf(answer, reference)).toBe('equal');
    expect(await flagOf(reference, answer)).toBe('equal');
  });
});

describe('keeps apart', () => {
  test.each([
    ['12', '1/2'],
    ['0.333', '\\frac13'],
    ['3.14', '\\pi'],
    ['(1,2)', '(2,1)'],
    ['[0,1)', '(0,1)'],
    ['\\{1,1\\}', '\\{1,2\\}'],
    ['1, 2, 3', '1, 2'],
    ['-5', '5'],
    ['x+1', 'x+2'],
    ['x', 'y'],
    ['9^{9^9}x', '0.5'],
    ['x=1', 'x=2'],
    ['12345678901234567890', '12345678901234567891'],
    ['abc', 'cab'],
    ['A', 'B'],
    ['\\frac{1}{', '1'],
    ['', '0'],
  ])('%s and %s', async (answer, reference) => {
    expect(await flagOf(answer, reference)).toBe('not_equal');
    expect(await flagOf(reference, answer)).not.toBe('equal');
  });
});

test('any reference will do, and numbers are references', async () => {
  expect(await flagOf('\\frac{1}{4}', ['0.3', '0.25'])).toBe('equal');
  expect(await flagOf('\\frac{1}{4}', 0.25)).toBe('equal');
});

test('without an answer block the last box counts', async () => {
  const response = said('so it is \\boxed{\\frac{1}{2}}');
  expect(
    await symbolic.score(
      [
        { response, reference: '0.5' },
        { response: said('0.5'), reference: '0.5' },
      ],
      signal,
    ),
  ).toMatchObject([
    { reward: 1, answer: '\\frac{1}{2}' },
    { reward: 0, flags: ['no_answer'], answer: null, formatValid: false },
  ]);
});

test('the rules of strings compare no values', async () => {
  const strings = new MathReward({ comparison: 'strings', ...limits });
  expect(await flagOf('0.5', '\\frac12', strings)).toBe('equal');
  expect(await flagOf('10/20', '\\frac12', strings)).toBe('not_equal');
});

test('a formula that asks for too much is given up, and the next answer is compared all the same', async () => {
  const hurried = new MathReward({ comparison: 'symbolic', timeoutS: 2, memoryMb: 128 });
  const items = ['(10^9)!', '\\frac{2}{4}'].map((answer) => ({
    response: boxed(answer),
    reference: '0.5',
  }));
  const [hard, easy] = await hurried.score(items, signal);
  await hurried.close();
  expect(hard).toMatchObject({ reward: 0, flags: ['too_hard'] });
  expect(easy).toMatchObject({ reward: 1 });
});
