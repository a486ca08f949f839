import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { availableMemory } from './available-memory.js';

const GiB = 2 ** 30;

test("the operator's setting wins, also over a smaller machine", () => {
  expect(availableMemory(100 * GiB, 8 * GiB, () => 4 * GiB)).toBe(100 * GiB);
});

test('a container has what it is held to, a machine without one what it has', () => {
  expect(availableMemory(undefined, 8 * GiB, () => 4 * GiB)).toBe(4 * GiB);
  expect(availableMemory(undefined, 8 * GiB, () => 0)).toBe(8 * GiB);
  expect(availableMemory(undefined, 8 * GiB, () => 2 ** 63)).toBe(8 * GiB);
});

test('this machine has some, and no more than all', () => {
  expect(availableMemory(undefined)).toBeGreaterThan(2 ** 20);
  expect(availableMemory(undefined)).toBeLessThanOrEqual(totalmem());
});
