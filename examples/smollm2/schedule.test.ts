import { expect, test } from 'vitest';
import { Schedule } from './schedule.js';

const parts = [
  { name: 'cold start', seconds: 60 },
  { name: 'ARPO', seconds: 600 },
];

test('the plan lists the parts and their sum', () => {
  expect(new Schedule(parts, () => 0).plan).toEqual([
    '  1:00  cold start',
    ' 10:00  ARPO',
    ' 11:00  in all, on two cores that have nothing else to do',
  ]);
});

test('what is left goes by the pace of what is done', () => {
  let now = 0;
  const schedule = new Schedule(parts, () => now);
  now = 90;
  expect(schedule.finishPart()).toBe('1:30 so far, about 15:00 left');
  now = 1000;
  expect(schedule.finishPart()).toBe('16:40 so far, about 0:00 left');
});
