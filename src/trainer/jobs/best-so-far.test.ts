import { expect, test } from 'vitest';
import type { BestSoFar } from '../model/checkpoint.js';
import { bestAfter } from './best-so-far.js';

/** Of evaluations after steps 1, 2, 3, … */
function after(values: readonly number[], min_improvement: number): BestSoFar {
  let best: BestSoFar | null = null;
  for (const [i, value] of values.entries()) best = bestAfter(best, { step: i + 1, value }, { min_improvement });
  return best!;
}

test.each([
  ['the first evaluation is the best', [0.2], 0, { step: 1, value: 0.2, waited: 0 }],
  ['the same again is no improvement', [0.2, 0.2], 0, { step: 1, value: 0.2, waited: 1 }],
  ['a lower value is none', [0.2, 0.1, 0.15], 0, { step: 1, value: 0.2, waited: 2 }],
  ['any rise is one unless more is asked for', [0.2, 0.1, 0.21], 0, { step: 3, value: 0.21, waited: 0 }],
  ['a rise that is too small is the best, and is waited over', [0.2, 0.25], 0.1, { step: 2, value: 0.25, waited: 1 }],
  ['small rises add up', [0.2, 0.25, 0.3], 0.1, { step: 3, value: 0.3, waited: 0 }],
  ['rounding does not decide', [0.2, 0.3], 0.1, { step: 2, value: 0.3, waited: 0 }],
])('%s', (_, values, least, expected) => {
  expect(after(values, least)).toMatchObject(expected);
});
