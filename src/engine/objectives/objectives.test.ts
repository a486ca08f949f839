import { expect, test } from 'vitest';
import { evaluateObjective } from '../../../test/support/objectives.js';
import { metricsOf, sumOf } from './objective.js';
import { ppoClip } from './ppo-clip.js';
import { sft } from './sft.js';
import { entropyBonus } from './terms/entropy.js';
import { kl } from './terms/kl.js';

const numbers = (...values: number[]) => Float32Array.from(values);

test('sft is the weighted negative log-likelihood', async () => {
  const { loss } = await evaluateObjective(sft, { logprobs: numbers(-1, -2) }, { weights: numbers(0.5, 0.25) });
  expect(loss).toBeCloseTo(1, 6);
});

/** Ratios 0.5, 1, 1.5 and 4, all with the same advantage. */
const ratios = [0.5, 1, 1.5, 4];
const clippedAt = (A: number) => {
  const all = (value: number) => numbers(...ratios.map(() => value));
  return evaluateObjective(
    ppoClip({ clipLow: 0.2, clipHigh: 0.28, dualClip: 3 }),
    { logprobs: numbers(...ratios.map((ratio) => Math.log(ratio) - 2)) },
    {
      oldLogprobs: all(-2),
      positive: all(Math.max(A, 0)),
      negative: all(Math.min(A, 0)),
      positiveCopies: all(A > 0 ? 2 : 0),
      negativeCopies: all(A < 0 ? 2 : 0),
    },
  );
};

test('ppo-clip stops rewarding above the upper bound, and counts the copies that it clips', async () => {
  const { loss, sums } = await clippedAt(1);
  expect(loss).toBeCloseTo(-(0.5 + 1 + 1.28 + 1.28), 5);
  expect(sums).toEqual({ pg_loss: loss, clip_fraction: 4, dual_clip_fraction: 0 });
});

test('ppo-clip stops punishing below the lower bound and above the dual clip', async () => {
  const { loss, sums } = await clippedAt(-1);
  expect(loss).toBeCloseTo(0.8 + 1 + 1.5 + 3, 5);
  expect(sums).toEqual({ pg_loss: loss, clip_fraction: 2, dual_clip_fraction: 2 });
});

test('the KL estimate is zero at the reference and clamped far from it', async () => {
  const values = { weights: numbers(1, 1, 1), referenceLogprobs: numbers(-1, -2, 90) };
  const { loss, sums } = await evaluateObjective(kl(0.5), { logprobs: numbers(-1, -1, -1) }, values);
  expect(sums['kl_to_reference']).toBeCloseTo(0 + Math.exp(-1) + 10, 5);
  expect(loss).toBeCloseTo(0.5 * sums['kl_to_reference']!, 5);
});

test('terms add up, share the inputs that they all take, and keep their metrics', async () => {
  const targets = { logprobs: numbers(-1, -2), entropies: numbers(3, 4) };
  const values = { weights: numbers(0.5, 0.25), referenceLogprobs: numbers(-1.5, -1) };
  const terms = [sft, kl(0.1), entropyBonus(0.01)] as const;
  const objective = sumOf<keyof typeof values>(...terms);
  const { loss, sums } = await evaluateObjective(objective, targets, values);
  const parts = await Promise.all(terms.map((term) => evaluateObjective<keyof typeof values>(term, targets, values)));
  expect(loss).toBeCloseTo(
    parts.reduce((sum, part) => sum + part.loss, 0),
    6,
  );
  expect(objective).toMatchObject({
    key: 'sft+kl+entropy',
    values: ['weights', 'referenceLogprobs'],
    settings: { kl_coefficient: 0.1, entropy_coefficient: 0.01 },
    entropies: true,
    needsAdvantage: false,
  });
  const metrics = metricsOf(objective, sums, { copies: 4, weight: 0.75 });
  expect(metrics).toEqual({ kl_to_reference: sums['kl_to_reference']! / 0.75 });
});

test('only an objective that cannot do without advantages needs them', () => {
  const clipped = ppoClip({ clipLow: 0.2, clipHigh: 0.2, dualClip: null });
  expect(sumOf(clipped).needsAdvantage).toBe(true);
  expect(sumOf<string>(clipped, entropyBonus(0.1)).needsAdvantage).toBe(false);
});

test('the same term twice is refused', () => {
  expect(() => sumOf(kl(0.1), kl(0.2))).toThrow('terms of one objective share a name');
});

test('a value that is missing is named', async () => {
  const lacking = evaluateObjective<string>(sft, { logprobs: numbers(-1) }, {});
  await expect(lacking).rejects.toThrow('the objective sft takes weights of each target');
});
