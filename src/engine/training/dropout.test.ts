import { expect, test } from 'vitest';
import type { DecoderConfig } from '../models/config.js';
import { layerDropoutFeeds } from './dropout.js';

const config = { layers: 2, hiddenSize: 64, heads: 2, headDim: 16, ffnSize: 96 } as DecoderConfig;
const adapter = {
  rank: 2,
  alpha: 2,
  dropout: 0.25,
  targetModules: ['k_proj', 'o_proj', 'v_proj', 'down_proj'] as const,
};

test('each place that an adapter reads gets a mask of its own, shared by the modules which read there', () => {
  const feeds = layerDropoutFeeds({ config, adapter }, 'p.', 1, 100, 3);
  expect(Object.entries(feeds).map(([name, { dims }]) => [name, dims])).toEqual([
    ['dropout:p.attention_input', [100, 64]],
    ['dropout:p.attention_output', [100, 32]],
    ['dropout:p.mlp_inner', [100, 96]],
  ]);
});

test('a quarter of the inputs is left out, other ones in another layer', () => {
  const mask = (layer: number) => [
    ...layerDropoutFeeds({ config, adapter }, '', layer, 1000, 3)['dropout:mlp_inner']!.data,
  ];
  const [first, second] = [mask(0), mask(1)];
  const share = first.filter((kept) => kept === 0).length / first.length;
  expect(Math.abs(share - 0.25)).toBeLessThan(0.01);
  const both = first.filter((kept, i) => kept === 0 && second[i] === 0).length / first.length;
  expect(Math.abs(both - 0.0625)).toBeLessThan(0.01);
});

test('without dropout there is nothing to feed', () => {
  expect(layerDropoutFeeds({ config, adapter: { ...adapter, dropout: 0 } }, '', 0, 10, 3)).toEqual({});
});
