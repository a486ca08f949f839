import { expect, test } from 'vitest';
import { separate } from '../../../test/support/trees.js';
import type { PolicyRunSpec } from '../../spec/run-spec.js';
import { advantagesOf, overlongPenalty } from './advantages.js';

type Advantage = PolicyRunSpec['advantage'];

/** Of groups of separate trajectories, each of which the policy wrote in as many tokens as `tokens` says, else one. */
function advantages(
  groups: readonly (readonly (number | null)[])[],
  changed: Partial<Advantage> = {},
  tokens?: number[],
) {
  const advantage: Advantage = {
    estimator: 'grpo',
    attribution: 'soft',
    zero_variance: 'keep',
    step_weight: null,
    step_discount: 0.95,
    entropy_weight: 0,
    kl_coefficient: 0,
    overlong_tokens: null,
    ...changed,
  };
  const rewarded = groups.map((rewards_G) => ({
    tree: separate(rewards_G.map((_, i) => tokens?.[i] ?? 1)),
    rewards_G,
  }));
  return advantagesOf(rewarded, { advantage, rollout: { max_response_tokens: 100 } as PolicyRunSpec['rollout'] });
}

test('advantages are deviations from the mean over the sample standard deviation', () => {
  const [{ outcome, advantages_G } = expect.fail()] = advantages([[0, 1, 1, 2]]);
  // mean 1, squares 2, ddof 1: std sqrt(2/3).
  const std = Math.sqrt(2 / 3) + 1e-6;
  expect(outcome).toBe('used');
  expect(advantages_G).toEqual([-1 / std, 0, 0, 1 / std]);
});

test('trajectories without a reward take no part, and do not move the mean', () => {
  const [{ advantages_G } = expect.fail()] = advantages([[null, 0, 1, null]]);
  const std = Math.SQRT1_2 + 1e-6;
  expect(advantages_G).toEqual([null, -0.5 / std, 0.5 / std, null]);
});

test.each([
  ['keep', [0, 0, null, 0]],
  ['drop', [null, null, null, null]],
] as const)('a group without spread has advantage 0, or none: %s', (zeroVariance, advantages_G) => {
  const groups = advantages([[0.3, 0.3, null, 0.3]], { zero_variance: zeroVariance });
  expect(groups).toEqual([{ outcome: 'zero_variance', advantages_G }]);
});

test('a group with fewer than two rewards is skipped', () => {
  expect(advantages([[null, 1, null]])).toEqual([{ outcome: 'skipped', advantages_G: [null, null, null] }]);
});

test('without the standard deviation advantages keep the scale of the rewards', () => {
  expect(advantages([[0, 1, 1, 2]], { estimator: 'mean' })[0]!.advantages_G).toEqual([-1, 0, 0, 1]);
});

test('leave-one-out compares with the mean of the others', () => {
  expect(advantages([[0, 1, 2]], { estimator: 'leave_one_out' })[0]!.advantages_G).toEqual([-1.5, 0, 1.5]);
});

test('over the batch a long trajectory counts more, and groups are compared with each other', () => {
  const groups = advantages(
    [
      [1, 0],
      [1, 1],
      [null, 1],
    ],
    { estimator: 'batch' },
    [3, 1],
  );
  // Rewards 1, 1, 1, 0, 1, 1, 1, 1 of eight tokens; the last group is skipped.
  const [mean, std] = [7 / 8, Math.sqrt((7 * (1 / 8) ** 2 + (7 / 8) ** 2) / 7) + 1e-6];
  expect(groups.map(({ outcome }) => outcome)).toEqual(['used', 'zero_variance', 'skipped']);
  expect(groups[0]!.advantages_G[0]).toBeCloseTo((1 - mean) / std, 12);
  expect(groups[0]!.advantages_G[1]).toBeCloseTo(-mean / std, 12);
  expect(groups[1]!.advantages_G[1]).toBeCloseTo((1 - mean) / std, 12);
  expect(groups[2]!.advantages_G).toEqual([null, null]);
});

test('with the group as a baseline first, a group without spread is as good as the batch', () => {
  const groups = advantages(
    [
      [1, 0],
      [1, 1],
    ],
    { estimator: 'mean_then_batch' },
  );
  expect(groups[1]!.advantages_G).toEqual([0, 0]);
  expect(groups[0]!.advantages_G[0]).toBeCloseTo(-groups[0]!.advantages_G[1]!, 12);
});

test('a response that comes near the limit costs reward', () => {
  const shaped = advantages([[1, 1]], { estimator: 'mean', overlong_tokens: 20 }, [10, 90])[0]!;
  // Penalties 0 and -0.5.
  expect(shaped).toEqual({ outcome: 'used', advantages_G: [0.25, -0.25] });
  expect(overlongPenalty(200, 100, 20)).toBe(-1);
});

test('trajectories of one rollout of an agent count once in the mean of their group, and have the same advantage', () => {
  const tree = separate([1, 1, 1, 1]);
  const rollouts = [0, 0, 0, 1];
  const of = { ...tree, trajectories: tree.trajectories.map((one, i) => ({ ...one, rollout: rollouts[i]! })) };
  const spec = {
    estimator: 'mean',
    zero_variance: 'keep',
    step_weight: null,
    entropy_weight: 0,
    kl_coefficient: 0,
    overlong_tokens: null,
  };
  const [group] = advantagesOf([{ tree: of, rewards_G: [1, 1, 1, 0] }], {
    advantage: spec as Advantage,
    rollout: { max_response_tokens: 100 } as PolicyRunSpec['rollout'],
  });
  expect(group).toEqual({ outcome: 'used', advantages_G: [0.5, 0.5, 0.5, -0.5] });
  const [alone] = advantagesOf([{ tree: of, rewards_G: [1, 1, 1, null] }], {
    advantage: spec as Advantage,
    rollout: { max_response_tokens: 100 } as PolicyRunSpec['rollout'],
  });
  expect(alone!.outcome).toBe('skipped');
});
