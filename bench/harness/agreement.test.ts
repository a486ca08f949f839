import { describe, expect, test } from 'vitest';
import { commonShare, disagreement } from './agreement.js';

const passed = { seconds: 1, loss: 10, gradient_norm: 2 };

describe('two sides', () => {
  test('agree when loss and gradient norm are the same to rounding', () => {
    expect(disagreement(passed, { seconds: 9, loss: 10.0001, gradient_norm: 2.001 }, 1)).toBeNull();
  });

  test.each([
    ['another loss', { loss: 10.01 }, 'the loss is 10 against 10.01'],
    ['another gradient', { gradient_norm: 2.1 }, 'the gradient norm is 2 against 2.1'],
    ['no number', { loss: NaN }, 'the loss is 10 against NaN'],
  ])('disagree with %s', (_, change, message) => {
    expect(disagreement(passed, { ...passed, ...change }, 1)).toBe(message);
  });

  test('disagree when one has no loss', () => {
    expect(disagreement(passed, { seconds: 1, gradient_norm: 2 }, 1)).toBe('the loss is 10 against undefined');
  });

  test('disagree when they decode other texts', () => {
    const decoded = (tokens: number[]) => ({ seconds: 1, tokens });
    expect(disagreement(decoded([1, 2, 3, 4]), decoded([1, 2, 3, 4]), 2)).toBeNull();
    expect(disagreement(decoded([1, 2, 3, 4]), decoded([1, 9, 3, 4]), 2)).toBe(
      'only 75% of the decoded tokens are the same',
    );
  });
});

test('tokens count as common up to the first difference of their row', () => {
  expect(commonShare([1, 2, 3, 4, 5, 6], [1, 9, 3, 4, 5, 6], 2)).toBeCloseTo(4 / 6);
  expect(commonShare([1, 2], [1, 2, 3], 1)).toBe(0);
});
