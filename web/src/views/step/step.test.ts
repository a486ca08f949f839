import { expect, test } from 'vitest';
import type { TrajectorySummary, TreeSummary } from '../../api/rollouts.ts';
import { groupsOf } from './groups.ts';
import { rewardBins } from './reward-bins.ts';

const trajectory = (tree: string, reward: number | null) =>
  ({ tree_id: tree, reward, reward_status: reward === null ? 'infra_error' : 'scored' }) as TrajectorySummary;
const trees = ['flat', 'spread', 'broken'].map((id) => ({ id }) as TreeSummary);

test('a group without a spread is told from one that has some, and failures are no rewards', () => {
  const groups = groupsOf(trees, [
    trajectory('flat', 1),
    trajectory('flat', 1),
    trajectory('spread', 0),
    trajectory('spread', 1),
    trajectory('spread', null),
    trajectory('broken', null),
  ]);
  expect(groups.map(({ mean, spread, infraErrors, hasNoSpread }) => [mean, spread, infraErrors, hasNoSpread])).toEqual([
    [1, 0, 0, true],
    [0.5, 0.5, 1, false],
    [null, null, 1, false],
  ]);
});

test('few values have a bin each; many share bins of equal width, and none is lost', () => {
  const few = rewardBins([0, 1, 1, null].map((reward) => trajectory('a', reward)));
  expect(few.map(({ low, high, trajectories }) => [low, high, trajectories.length])).toEqual([
    [0, 0, 1],
    [1, 1, 2],
  ]);
  const many = rewardBins(Array.from({ length: 101 }, (_, i) => trajectory('a', i / 100)));
  expect(many).toHaveLength(20);
  expect(many.reduce((sum, { trajectories }) => sum + trajectories.length, 0)).toBe(101);
  expect(rewardBins([trajectory('a', null)])).toEqual([]);
});
