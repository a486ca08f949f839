import { expect, test } from 'vitest';
import { accuracyAt, callsUntil, meanCurve, type Curve } from './curve.js';

const curve: Curve = [
  { calls: 0, accuracy: 0.2 },
  { calls: 100, accuracy: 0.6 },
  { calls: 300, accuracy: 0.5 },
  { calls: 400, accuracy: 0.9 },
];

test.each([
  ['in the middle of two evaluations', 0.4, 50],
  ['at an evaluation', 0.6, 100],
  ['after accuracy has fallen again', 0.7, 350],
  ['before training', 0.1, 0],
  ['never', 0.95, Infinity],
])('a level is first reached %s', (_, level, calls) => {
  expect(callsUntil(curve, level)).toBeCloseTo(calls, 9);
});

test('a level that is reached and lost again counts where it was first reached', () => {
  expect(callsUntil(curve, 0.55)).toBeCloseTo(87.5, 9);
});

test.each([
  ['before the first point', -5, 0.2],
  ['between two', 50, 0.4],
  ['while it falls', 200, 0.55],
  ['at a point', 300, 0.5],
  ['after the last', 1000, 0.9],
])('accuracy after so many calls is known %s', (_, calls, accuracy) => {
  expect(accuracyAt(curve, calls)).toBeCloseTo(accuracy, 9);
});

test('accuracy at an endpoint is the level of the endpoint', () => {
  for (const level of [0.3, 0.45, 0.6, 0.8]) expect(accuracyAt(curve, callsUntil(curve, level))).toBeCloseTo(level, 9);
});

test('steps without a call are no division by zero', () => {
  const idle: Curve = [
    { calls: 0, accuracy: 0.1 },
    { calls: 0, accuracy: 0.3 },
    { calls: 10, accuracy: 0.5 },
  ];
  expect(callsUntil(idle, 0.2)).toBe(0);
  expect(accuracyAt(idle, 5)).toBeCloseTo(0.4, 9);
});

test('the mean of curves is taken point by point', () => {
  const other = curve.map(({ calls, accuracy }) => ({ calls: calls + 20, accuracy: accuracy - 0.1 }));
  const mean = meanCurve([curve, other]);
  expect(mean.map(({ calls }) => calls)).toEqual([10, 110, 310, 410]);
  expect(mean[3]!.accuracy).toBeCloseTo(0.85, 9);
});
