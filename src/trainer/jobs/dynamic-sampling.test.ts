import { expect, test } from 'vitest';
import { score, sharedCall } from '../../../test/support/trees.js';
import type { ScoredTree } from '../rollout/scoring.js';
import { resolveRunSpec, type PolicyRunSpec } from '../../spec/run-spec.js';
import { doubtsAboutSampling, MAX_ROUNDS, sampleWithSpread } from './dynamic-sampling.js';

/** Prompts in order; `flat` says of which all rewards are equal. */
function sampler(flat: (place: number) => boolean) {
  let place = 0;
  const asked: number[] = [];
  const sample = (prompts: number): Promise<ScoredTree[]> => {
    asked.push(prompts);
    const trees = Array.from({ length: prompts }, () => {
      const rewards = flat(place) ? [1, 1, null] : [1, 0, null];
      return { tree: sharedCall(place++), scores_G: rewards.map((reward) => score(reward)) };
    });
    return Promise.resolve(trees);
  };
  return { sample, asked };
}

const places = (trees: readonly ScoredTree[]) => trees.map(({ tree }) => tree.place);

test('groups with spread are kept, and nothing more is asked', async () => {
  const { sample, asked } = sampler(() => false);
  expect((await sampleWithSpread(3, sample)).replaced).toEqual([]);
  expect(asked).toEqual([3]);
});

test('groups without spread are replaced by those of new prompts until all have some', async () => {
  const { sample, asked } = sampler((place) => [1, 2, 4].includes(place));
  const { kept, replaced } = await sampleWithSpread(4, sample);
  expect(asked).toEqual([4, 2, 1]);
  expect(places(kept)).toEqual([0, 3, 5, 6]);
  expect(places(replaced)).toEqual([1, 2, 4]);
});

test('what never has spread ends after some rounds', async () => {
  const { sample, asked } = sampler(() => true);
  const { kept, replaced } = await sampleWithSpread(2, sample);
  expect(asked).toEqual(Array(1 + MAX_ROUNDS).fill(2));
  expect([kept.length, replaced.length]).toEqual([2, 2 * MAX_ROUNDS]);
});

test('a dataset without other prompts is doubted, where they are wanted', () => {
  const spec = (method: 'dapo' | 'grpo') =>
    resolveRunSpec({ method, model: 'mdl_1', dataset: 'ds_1', training: { prompts_per_step: 4 } }) as PolicyRunSpec;
  expect(doubtsAboutSampling(spec('dapo'), 4)).toEqual([
    expect.stringContaining('the dataset has 4 examples and a step'),
  ]);
  expect(doubtsAboutSampling(spec('dapo'), 5)).toEqual([]);
  expect(doubtsAboutSampling(spec('grpo'), 1)).toEqual([]);
});
