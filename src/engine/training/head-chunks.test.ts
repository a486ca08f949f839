import { expect, test } from 'vitest';
import type { DecoderConfig } from '../models/config.js';
import { headChunks } from './head-chunks.js';

const chunks = (vocabSize: number, targets: number) => headChunks({ vocabSize } as DecoderConfig, targets);

test('targets whose logits fit are taken at once, none are taken not at all', () => {
  expect(chunks(49_152, 341)).toEqual([[0, 341]]);
  expect(chunks(49_152, 0)).toEqual([]);
});

test('chunks follow one another, differ by one at most, and none is a single row', () => {
  for (const [vocabSize, targets] of [
    [151_000, 12_322],
    [1 << 24, 7],
    [49_152, 4048],
  ] as const) {
    const all = chunks(vocabSize, targets);
    const sizes = all.map(([from, to]) => to - from);
    expect([all[0]![0], all.at(-1)![1]]).toEqual([0, targets]);
    all.slice(1).forEach(([from], i) => expect(from).toBe(all[i]![1]));
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(Math.min(...sizes)).toBeGreaterThan(1);
  }
});
