import { expect, test } from 'vitest';
import { curveOf } from './curves.js';

test('a curve has a point at each evaluation of the protocol, and a missing one lies between its neighbours', () => {
  const point = (step: number, tool_calls: number, exact_match: number) => ({
    step,
    tool_calls,
    exact_match,
    standard_error: 0,
    sampled_tokens: 0,
  });
  const points = [point(0, 0, 0.2), point(10, 100, 0.4), point(11, 110, 0.9), point(15, 150, 0.6)];
  const arm = {
    run: 'run_1',
    commit: 'c',
    seconds: { training: 1, evaluation: 1 },
    tool_calls_linear_equivalent: 200,
    points,
  };
  const curve = curveOf(arm);
  expect(curve.map(({ calls }) => calls)).toEqual([0, 50, 100, 150]);
  expect(curve[1]!.accuracy).toBeCloseTo(0.3);
  expect(curve[3]!.accuracy).toBe(0.6);
});
