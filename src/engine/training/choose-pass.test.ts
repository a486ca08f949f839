import { expect, test } from 'vitest';
import type { DecoderConfig } from '../models/config.js';
import { ppoClip } from '../objectives/ppo-clip.js';
import { sft } from '../objectives/sft.js';
import { packTrees } from '../packing/tree-batch.js';
import { MAX_PASS_BYTES, PassChoice } from './choose-pass.js';
import { PassMemory } from './pass-memory.js';

const smollm2: DecoderConfig = {
  family: 'llama',
  vocabSize: 49152,
  hiddenSize: 576,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  ffnSize: 1536,
  rmsNormEps: 1e-5,
  ropeTheta: 1e5,
  ropeScaling: null,
  tieEmbeddings: true,
  qkvBias: false,
  qkNorm: false,
  maxPositions: 8192,
  eosTokenIds: [2],
  bosTokenId: 1,
  padTokenId: 2,
};
const tiny = {
  ...smollm2,
  vocabSize: 945,
  hiddenSize: 128,
  layers: 2,
  heads: 8,
  kvHeads: 8,
  headDim: 16,
  ffnSize: 384,
};
const clipped = ppoClip({ clipLow: 0.2, clipHigh: 0.2, dualClip: 3 });
const lora = { rank: 8, alpha: 16, dropout: 0, targetModules: ['q_proj', 'v_proj'] as const };

function batch(sequences: number, length: number) {
  const half = length / 2;
  const segments = [
    { parent: null, tokens: new Int32Array(half), train: false },
    { parent: 0, tokens: new Int32Array(half), train: true },
  ];
  return packTrees(Array.from({ length: sequences }, () => ({ segments })));
}

test('a small batch runs as one graph, a large one of the same model layer by layer, and so does any where memory is short', () => {
  const choice = new PassChoice({ config: smollm2, adapter: null }, MAX_PASS_BYTES);
  expect(choice.choose(batch(2, 128), sft)).toBe('whole');
  expect(choice.choose(batch(16, 1024), sft)).toBe('blockwise');
  expect(new PassChoice({ config: smollm2, adapter: null }, 2 ** 28).choose(batch(2, 128), sft)).toBe('blockwise');
});

test('a tiny model stays in one graph', () => {
  expect(new PassChoice({ config: tiny, adapter: null }, MAX_PASS_BYTES).choose(batch(64, 256), clipped)).toBe('whole');
});

test('all layers together take what the first ones say', () => {
  const b = batch(4, 256);
  const bytes = (layers: number) => new PassMemory({ config: { ...smollm2, layers }, adapter: null }).whole(b, sft);
  expect(bytes(12)).toBeCloseTo(bytes(2) + 10 * (bytes(3) - bytes(2)), -1);
});

test('layer by layer takes far less, without a loss less again, and an adapter needs no gradients of the weights', () => {
  const b = batch(16, 256);
  const full = new PassMemory({ config: smollm2, adapter: null });
  const [whole, blockwise] = [full.whole(b, clipped), full.blockwise(b, clipped)];
  expect(blockwise).toBeLessThan(whole / 5);
  expect(full.blockwise(b, null)).toBeLessThan(blockwise);
  expect(new PassMemory({ config: smollm2, adapter: lora }).blockwise(b, clipped)).toBeLessThan(blockwise);
});

test('masks of dropout count where something is learnt', () => {
  const b = batch(4, 256);
  const [dry, wet] = [lora, { ...lora, dropout: 0.1 }].map((adapter) => new PassMemory({ config: smollm2, adapter }));
  // Queries and values of all layers read one mask each layer, a byte an element.
  expect(wet!.whole(b, sft) - dry!.whole(b, sft)).toBeGreaterThanOrEqual(b.tokens * 576 * 30);
  expect(wet!.blockwise(b, sft)).toBeGreaterThan(dry!.blockwise(b, sft));
  expect(wet!.blockwise(b, null)).toBe(dry!.blockwise(b, null));
});
