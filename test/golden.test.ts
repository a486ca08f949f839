/** The engine agrees with PyTorch's float64 numbers for a tiny Llama. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compare } from '../bench/golden/compare.js';
import { GoldenSet } from '../bench/golden/golden-set.js';

test.each(['whole', 'blockwise'] as const)(
  'logits, log-probs, losses, every gradient and two AdamW steps are within their bounds (%s)',
  async (execution) => {
    const out: string[] = [];
    let compared = 0;
    const set = await GoldenSet.load(join(import.meta.dirname, 'golden'), 'llama-tiny');
    for await (const { quantity, error, bound } of compare(set, execution)) {
      compared += 1;
      if (!(error <= bound)) out.push(`${quantity}: ${error} > ${bound}`);
    }
    expect(out).toEqual([]);
    expect(compared).toBeGreaterThan(150);
  },
);
