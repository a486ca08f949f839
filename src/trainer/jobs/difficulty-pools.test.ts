import { expect, test } from 'vitest';
import { resolveRunSpec, type PolicyRunSpec } from '../../spec/run-spec.js';
import type { Pool } from '../model/checkpoint.js';
import { DifficultyPools, doubtsAboutPools } from './difficulty-pools.js';

const spec = { solved: 0.25, too_hard: 0, solved_reward: 1, too_hard_reward: 0 };

test('a question is in a pool while all its rewards say so, and stays where it is without any', () => {
  const lines = new Map<number, Pool>();
  const pools = new DifficultyPools(spec, 7, lines);
  const after = (rewards: number[]) => {
    pools.put(3, rewards);
    return lines.get(3) ?? null;
  };
  expect(after([1, 1.1])).toBe('solved');
  expect(after([])).toBe('solved');
  expect(after([1, 0.9])).toBeNull();
  expect(after([0, -1])).toBe('too_hard');
  expect(after([0, 1])).toBeNull();
});

test('what is in a pool is asked in as many passes as its chance says, and all else in every pass', () => {
  const pools = new DifficultyPools(
    spec,
    7,
    new Map<number, Pool>([
      [0, 'solved'],
      [1, 'too_hard'],
    ]),
  );
  const asked = (line: number) =>
    Array.from({ length: 4000 }, (_, pass) => pools.holdsBack(line, pass)).filter((held) => !held).length;
  expect(asked(0) / 4000).toBeGreaterThan(0.23);
  expect(asked(0) / 4000).toBeLessThan(0.27);
  expect(asked(1)).toBe(0);
  expect(asked(2)).toBe(4000);
});

test('draws are of the seed, the pass and the question alone', () => {
  const lines = () => new Map<number, Pool>(Array.from({ length: 64 }, (_, line) => [line, 'solved']));
  const held = (seed: number, pass: number, among = lines()) => {
    const pools = new DifficultyPools(spec, seed, among);
    return [...among.keys()].filter((line) => pools.holdsBack(line, pass));
  };
  expect(held(7, 1)).toEqual(held(7, 1));
  expect(held(7, 2)).not.toEqual(held(7, 1));
  expect(held(8, 1)).not.toEqual(held(7, 1));
  const fewer = new Map([...lines()].filter(([line]) => line % 2 === 0));
  expect(held(7, 1, fewer)).toEqual(held(7, 1).filter((line) => line % 2 === 0));
});

test('a run that asks no question twice is told that pools change nothing', () => {
  const run = (training: object, advantage = {}) =>
    resolveRunSpec({
      method: 'grpo',
      model: 'mdl_1',
      dataset: 'ds_1',
      advantage,
      training: { steps: 5, prompts_per_step: 2, ...training },
    }) as PolicyRunSpec;
  const pools = { solved: 0 };
  expect(doubtsAboutPools(run({ pools }), 10)).toEqual([expect.stringContaining('the dataset has 10')]);
  expect(doubtsAboutPools(run({ pools }), 9)).toEqual([]);
  expect(doubtsAboutPools(run({ pools }, { zero_variance: 'replace' }), 10)).toEqual([]);
  expect(doubtsAboutPools(run({}), 10)).toEqual([]);
});
