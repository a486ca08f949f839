import { expect, test } from 'vitest';
import type { DecoderConfig } from '../models/config.js';
import { packTrees } from '../packing/tree-batch.js';
import { chooseExecution, wholePassBytes } from './choose-pass.js';

const smollm2 = { vocabSize: 49152, hiddenSize: 576, layers: 30, heads: 9, kvHeads: 3, headDim: 64, ffnSize: 1536 };
const config = (sizes: Partial<DecoderConfig>) => ({ ...smollm2, ...sizes }) as DecoderConfig;

function batch(sequences: number, length: number) {
  const half = length / 2;
  const segments = [
    { parent: null, tokens: new Int32Array(half), train: false },
    { parent: 0, tokens: new Int32Array(half), train: true },
  ];
  return packTrees(Array.from({ length: sequences }, () => ({ segments })));
}

test('a small batch runs as one graph, a large one of the same model layer by layer', () => {
  expect(chooseExecution(config({}), batch(2, 128))).toBe('whole');
  expect(chooseExecution(config({}), batch(16, 1024))).toBe('blockwise');
});

test('a tiny model stays in one graph', () => {
  const tiny = { vocabSize: 945, hiddenSize: 128, layers: 2, heads: 8, kvHeads: 8, headDim: 16, ffnSize: 384 };
  expect(chooseExecution(config(tiny), batch(64, 256))).toBe('whole');
});

test('the estimate grows with the vocabulary by the logits alone', () => {
  const b = batch(2, 128);
  const grown = wholePassBytes(config({ vocabSize: 2 * 49152 }), b) - wholePassBytes(config({}), b);
  expect(grown).toBe(4 * 6 * b.targets * 49152);
});
