import { expect, test } from 'vitest';
import { curve } from './curve.js';

test('the lowest value has the lowest bar, the highest the highest, and both are labelled', () => {
  expect(curve([-0.5, 0, 0.25, 1], { width: 60, height: 2 })).toEqual([' 1.00 ┤  ▁█', '-0.50 ┤▁▆██', '       1  4']);
});

test('a long series is drawn as the means of its spans', () => {
  const values = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? i + 1 : i - 1));
  expect(curve(values, { width: 10, height: 1 })).toEqual(['94.50 ┤▁▂▃▃▄▅▆▆▇█', '       1      100']);
});

test('a flat series is a flat line', () => {
  expect(curve([0.5, 0.5], { width: 60, height: 2 })).toEqual(['0.50 ┤  ', '0.50 ┤▁▁', '      1 2']);
});

test('of nothing there is no plot', () => {
  expect(curve([], { width: 60, height: 8 })).toEqual([]);
});
