import { expect, test } from 'vitest';
import { sharedCall } from '../../../test/support/trees.js';
import { resolveRunSpec, type PolicyRunSpec } from '../../spec/run-spec.js';
import { creditSegments, hasAdvantage } from './credit.js';
import { stepAdvantages } from './step-advantages.js';

const { advantage } = resolveRunSpec({
  method: 'gigpo',
  model: 'mdl_1',
  dataset: 'ds_1',
  advantage: { estimator: 'mean', step_discount: 0.5 },
}) as PolicyRunSpec;

test('steps that have read the same are compared: at the prompt all, after a result those that share it', () => {
  // Segments 1, 3 | 1, 4 | 5: after the prompt 1, 1 and 5, after the result 3 and 4.
  const steps = stepAdvantages({ tree: sharedCall(), rewards_G: [1, 0, 1] }, advantage);
  // Values at the prompt 0.5, 0 and 1, after the result 1 and 0.
  expect(steps.map((one) => [...one!])).toEqual([
    [
      [1, 0],
      [3, 0.5],
    ],
    [
      [1, -0.5],
      [4, -0.5],
    ],
    [[5, 0.5]],
  ]);
});

test('a step that is alone in its state has none, nor has a trajectory without a reward', () => {
  const steps = stepAdvantages({ tree: sharedCall(), rewards_G: [1, null, null] }, advantage);
  expect(steps[0]).toEqual(
    new Map([
      [1, 0],
      [3, 0],
    ]),
  );
  expect(steps.slice(1)).toEqual([null, null]);
});

test('a shared segment gets what its trajectories have there, each its own', () => {
  const tree = sharedCall();
  const credited = {
    tree,
    advantages_G: [0, 0, 0],
    added_G: stepAdvantages({ tree, rewards_G: [1, 0, 1] }, advantage),
  };
  const credit = creditSegments(credited, { weight: () => 1, denominator: 1 }, 'soft');
  expect(hasAdvantage(credited)).toBe(true);
  expect(credit[1]).toMatchObject({ copies: 2, tokens: [{ positive: 0, negative: -0.5 }] });
  expect(credit[3]).toMatchObject({ copies: 1, tokens: [{ positive: 0.5, negative: 0 }] });
});
