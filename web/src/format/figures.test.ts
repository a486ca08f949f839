import { expect, test } from 'vitest';
import { ago, bytes, compact, duration, figure, percent, scaleFigures } from './figures.ts';

test.each([
  [0, '0'],
  [3, '3'],
  [-1, '−1'],
  [0.5, '0.500'],
  [1.234, '1.23'],
  [123.4, '123'],
  [0.00012, '1.2e−4'],
  [1_234_567, '1.2M'],
  [Number.NaN, '–'],
  [null, '–'],
])('the figure of %s is %s', (value, text) => {
  expect(figure(value)).toBe(text);
});

test.each([
  [
    [0, 0.25, 0.5],
    ['0', '0.25', '0.50'],
  ],
  [
    [5.474, 5.476, 5.478],
    ['5.474', '5.476', '5.478'],
  ],
  [
    [-50, 0, 50],
    ['−50', '0', '50'],
  ],
  [
    [0, 20_000, 40_000],
    ['0', '20K', '40K'],
  ],
  [
    [0, 2e-7, 4e-7],
    ['0', '2.0e−7', '4.0e−7'],
  ],
])('an axis with lines at %j says %j', (values, texts) => {
  expect(scaleFigures(values)).toEqual(texts);
});

test('times, sizes and shares are short', () => {
  expect([duration(8.2), duration(200), duration(7500), duration(200_000)]).toEqual([
    '8 s',
    '3 min 20 s',
    '2 h 5 min',
    '2 d 7 h',
  ]);
  expect([bytes(512), bytes(1500), bytes(2_345_678)]).toEqual(['512 B', '1.50 kB', '2.35 MB']);
  expect([percent(0.5), percent(0.034), percent(0)]).toEqual(['50%', '3.4%', '0%']);
  expect([compact(9012), compact(10_300)]).toEqual(['9,012', '10.3K']);
  expect([ago(0, 30_000), ago(0, 7_300_000)]).toEqual(['just now', '2 h ago']);
});
