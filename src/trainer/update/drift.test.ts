import { expect, test } from 'vitest';
import { addDrift, driftMetrics, noDrift } from './drift.js';

test('drift is a mean over copies, entropy a weighted mean, and the largest ratio is kept over all parts', () => {
  const sums = noDrift();
  const numbers = (...values: number[]) => Float32Array.from(values);
  addDrift(
    sums,
    { logprobs: numbers(-1, -2), entropies: numbers(1, 4) },
    { oldLogprobs: numbers(-1.5, -1), weights: numbers(0.5, 0.25), copies: numbers(3, 1) },
  );
  addDrift(
    sums,
    { logprobs: numbers(-1), entropies: numbers(2) },
    { oldLogprobs: numbers(-1), weights: numbers(0.25), copies: numbers(1) },
  );
  expect(driftMetrics(sums)).toEqual({
    kl_to_old: (3 * -0.5 + 1 * 1 + 0) / 5,
    entropy: 0.5 * 1 + 0.25 * 4 + 0.25 * 2,
    ratio_max: Math.exp(0.5),
  });
  expect(sums.gap / sums.tokens).toBe(0.5);
});
