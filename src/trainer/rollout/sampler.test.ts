import { describe, expect, test } from 'vitest';
import { uniform } from '../../engine/random.js';
import { Sampler } from './sampler.js';

const logits = Float32Array.of(9, 9, 9, 9, 0, Math.log(2), Math.log(4), Math.log(1));
// Row 1 has the probabilities 1/8, 2/8, 4/8, 1/8.
const row = (temperature = 1, topP = 1) => {
  const sampler = new Sampler(4, temperature, topP);
  sampler.read(logits, 1);
  return sampler;
};

describe('a sampler', () => {
  test('gives log-probability and entropy of the full softmax', () => {
    const sampler = row();
    [1 / 8, 2 / 8, 4 / 8, 1 / 8].forEach((p, token) => expect(sampler.logprob(token)).toBeCloseTo(Math.log(p), 6));
    expect(sampler.entropy(0)).toBeCloseTo(1.75 * Math.LN2, 6);
  });

  test('chooses by quantile', () => {
    const sampler = row();
    expect([0, 0.124, 0.126, 0.374, 0.376, 0.874, 0.876, 1 - 2 ** -53].map((u) => sampler.choose(u))).toEqual([
      0, 0, 1, 1, 2, 2, 3, 3,
    ]);
  });

  test('draws each token as often as its probability says', () => {
    const sampler = row();
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 8000; i++) counts[sampler.choose(uniform(3, i))]! += 1;
    [1000, 2000, 4000, 1000].forEach((expected, token) => {
      expect(Math.abs(counts[token]! - expected)).toBeLessThan(4 * Math.sqrt(expected));
    });
  });

  test('sharpens below temperature 1, in what it reports too', () => {
    const sampler = row(0.5);
    // Squares of the odds 1 : 2 : 4 : 1.
    expect(sampler.logprob(2)).toBeCloseTo(Math.log(16 / 22), 6);
    expect(sampler.choose(0.9)).toBe(2);
  });

  test('takes the most probable token at temperature 0, the first among equals, and reports temperature 1', () => {
    const sampler = row(0);
    expect([0, 0.5, 0.999].map((u) => sampler.choose(u))).toEqual([2, 2, 2]);
    expect(sampler.logprob(2)).toBeCloseTo(Math.log(0.5), 6);
    sampler.read(logits, 0);
    expect(sampler.choose(0.9)).toBe(0);
  });

  test.each([5e-324, 1e-308, 1e-40])('takes the most probable token at the temperature %d too', (temperature) => {
    const sampler = row(temperature);
    expect([0, 0.5, 0.999].map((u) => sampler.choose(u))).toEqual([2, 2, 2]);
    expect([sampler.logprob(2), sampler.entropy(2)]).toEqual([0, 0]);
  });

  test('draws only from the nucleus, most probable first, and reports the full softmax', () => {
    const sampler = row(1, 0.7);
    // 4/8 and 2/8 hold 0.75; between them 2 : 1.
    expect([0, 0.66, 0.67, 0.999].map((u) => sampler.choose(u))).toEqual([2, 2, 1, 1]);
    expect(sampler.logprob(2)).toBeCloseTo(Math.log(0.5), 6);
  });

  test('keeps one token at least, however small top-p is', () => {
    expect(row(1, 1e-9).choose(0.99)).toBe(2);
  });

  test('survives logits that are far apart', () => {
    const sampler = new Sampler(3, 1, 1);
    sampler.read(Float32Array.of(-1e30, 0, 1e4), 0);
    expect(sampler.choose(0.999999)).toBe(2);
    expect(sampler.entropy(2)).toBe(0);
  });

  test('sums the entropy top_k over the ten most probable tokens and the one that was drawn, and leaves the rest out', () => {
    // Odds 12 : 11 : … : 1.
    const odds = Array.from({ length: 12 }, (_, v) => 12 - v);
    const total = odds.reduce((a, b) => a + b);
    const terms = odds.map((odd) => -(odd / total) * Math.log(odd / total));
    const sumOf = (tokens: readonly number[]) => tokens.reduce((sum, v) => sum + terms[v]!, 0);
    const shuffledTokens = [7, 0, 11, 3, 9, 1, 5, 10, 2, 8, 4, 6];
    const sampler = new Sampler(12, 1, 1, 'top_k');
    sampler.read(
      Float32Array.from(shuffledTokens, (v) => Math.log(odds[v]!)),
      0,
    );
    const first = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    expect(sampler.entropy(shuffledTokens.indexOf(4))).toBeCloseTo(sumOf(first), 6);
    expect(sampler.entropy(shuffledTokens.indexOf(11))).toBeCloseTo(sumOf([...first, 11]), 6);
  });

  test('refuses logits that are not finite, and names the remedy', () => {
    expect(() => new Sampler(2, 1, 1).read(Float32Array.of(NaN, 0), 0)).toThrow('lower optimizer.learning_rate');
  });
});
