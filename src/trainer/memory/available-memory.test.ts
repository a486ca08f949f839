import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { availableMemory } from './available-memory.js';

const GiB = 2 ** 30;

test("the operator's setting wins, also over a smaller machine", () => {
  expect(availableMemory(100 * GiB, 8 * GiB, () => 4 * GiB)).toBe(100 * GiB);
});

test('a trainer has most of what its container is held to, or of the machine without one', () => {
  expect(availableMemory(undefined, 8 * GiB, () => 4 * GiB)).toBe(0.9 * 4 * GiB);
  expect(availableMemory(undefined, 8 * GiB, () => 0)).toBe(0.9 * 8 * GiB);
  expect(availableMemory(undefined, 8 * GiB, () => 2 ** 63)).toBe(0.9 * 8 * GiB);
});

test('this machine has some, and no more than all', () => {
  expect(availableMemory(undefined)).toBeGreaterThan(2 ** 20);
  expect(availableMemory(undefined)).toBeLessThanOrEqual(totalmem());
});
