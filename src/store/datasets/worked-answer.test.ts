import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { boxedAnswer, markedAnswer, withoutWork } from './worked-answer.js';

const golden = readFileSync(new URL('../../../test/golden/metrics.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { op: string; text: string; expected: string })
  .filter(({ op }) => op === 'gsm8k_gold');

test.each(golden)('after the mark of $text the evaluation of the original reads $expected', ({ text, expected }) => {
  expect(markedAnswer(text)).toBe(expected);
});

test.each([
  ['He has 2 + 3 = <<2+3=5>>5.\n#### 1,005', '1005'],
  ['#### 3 steps\nFirst, wait.', '#### 3 steps\nFirst, wait.'],
  ['#### ,', '#### ,'],
  ['twelve', 'twelve'],
])('of %j the answer is %j', (text, answer) => {
  expect(withoutWork(text)).toBe(answer);
});

test('of a solution in LaTeX it is in the last box', () => {
  expect(boxedAnswer('So $x=\\boxed{1}$, hence $\\boxed{\\frac{1}{2}}$.')).toBe('\\frac{1}{2}');
  expect(boxedAnswer('So $x=1$.')).toBeNull();
});
