import { expect, test } from 'vitest';
import { lineChart, niceScale } from './line-chart.js';

test.each([
  [0, 6_890, [0, 2_000, 4_000, 6_000, 8_000]],
  [0.213, 0.86, [0.2, 0.4, 0.6, 0.8, 1]],
  [0.5, 0.5, [0.4, 0.6]],
])('a scale from %d to %d has round ticks that hold both', (least, most, ticks) => {
  const scale = niceScale(least, most);
  expect(scale.low).toBeLessThanOrEqual(least);
  expect(scale.high).toBeGreaterThanOrEqual(most);
  if (least < most) expect(scale.ticks).toEqual(ticks);
});

const image = lineChart({
  title: 'A < B & "C"',
  x: 'calls',
  y: 'accuracy',
  lines: [
    { name: 'first', points: [{ x: 0, y: 0 }, { x: 10, y: 1 }] }, // prettier-ignore
    { name: 'second', points: [{ x: 0, y: 0.5 }] },
  ],
  level: { name: 'endpoint', y: 0.5 },
});

test('a chart draws its lines from the lower left to the upper right, each with its name', () => {
  const [, path] = /<polyline class="line0" points="([^"]*)"/.exec(image)!;
  const [from, to] = path!.split(' ').map((point) => point.split(',').map(Number));
  expect(to![0]).toBeGreaterThan(from![0]!);
  expect(to![1]).toBeLessThan(from![1]!);
  expect(image).toContain('>first</text>');
  expect(image).toContain('>endpoint</text>');
});

test('a chart has colours for light and dark pages, and is well formed', () => {
  expect(image).toContain('prefers-color-scheme:dark');
  expect(image).toContain('A &lt; B &amp; &quot;C&quot;');
  const opened = [...image.matchAll(/<(?!\/)([a-z]+)[^>]*?(\/?)>/g)].filter(([, , selfClosing]) => selfClosing === '');
  const closed = [...image.matchAll(/<\/([a-z]+)>/g)];
  const names = (matches: RegExpMatchArray[]) => matches.map(([, name]) => name!).sort();
  expect(names(opened)).toEqual(names(closed));
});
