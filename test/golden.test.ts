/** The engine agrees with PyTorch's float64 numbers for a tiny Llama. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compare } from '../bench/golden/compare.js';
import { GoldenSet } from '../bench/golden/golden-set.js';

test('logits, log-probs, losses, every gradient and two AdamW steps are within their bounds', async () => {
  const out: string[] = [];
  let compared = 0;
  for await (const { quantity, error, bound } of compare(
    await GoldenSet.load(join(import.meta.dirname, 'golden'), 'llama-tiny'),
  )) {
    compared += 1;
    if (!(error <= bound)) out.push(`${quantity}: ${error} > ${bound}`);
  }
  expect(out).toEqual([]);
  expect(compared).toBeGreaterThan(150);
});
