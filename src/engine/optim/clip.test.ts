import { expect, test } from 'vitest';
import { clipGlobalNorm } from './clip.js';

const gradients = () =>
  new Map([
    ['a', Float32Array.of(1, -2, 3, -4, 5, 0.5)],
    ['b', Float32Array.of(2, 2, 2)],
  ]);
const norm = Math.hypot(1, 2, 3, 4, 5, 0.5, 2, 2, 2);

test('all gradients together are scaled to the norm, and the norm before is told', () => {
  const clipped = gradients();
  expect(clipGlobalNorm(clipped, 0.5)).toBeCloseTo(norm, 12);
  expect(Math.hypot(...[...clipped.values()].flatMap((g) => [...g]))).toBeCloseTo(0.5, 5);
  expect(clipped.get('a')![1]! / clipped.get('a')![0]!).toBeCloseTo(-2, 6);
});

test.each([100, null])('gradients within the norm %s stay as they are', (most) => {
  const kept = gradients();
  expect(clipGlobalNorm(kept, most)).toBeCloseTo(norm, 12);
  expect(kept).toEqual(gradients());
});
