import { expect, test } from 'vitest';
import type { SlotBaseline } from '../model/checkpoint.js';
import { SlotBaselines } from './slot-baselines.js';

test('the first entropies of a slot are kept, and a resumed run knows them', () => {
  const stored: SlotBaseline[] = [];
  const baselines = new SlotBaselines(stored);
  expect(baselines.of(0, 1)).toBeNull();
  baselines.note(0, 1, { sum: 2, count: 20 });
  baselines.note(0, 1, { sum: 9, count: 20 });
  baselines.note(1, 0, { sum: 3, count: 5 });
  expect(stored).toEqual([
    [0, 1, 2, 20],
    [1, 0, 3, 5],
  ]);
  const resumed = new SlotBaselines(structuredClone(stored));
  expect([resumed.of(0, 1), resumed.of(1, 0), resumed.of(1, 1)]).toEqual([
    { sum: 2, count: 20 },
    { sum: 3, count: 5 },
    null,
  ]);
});
