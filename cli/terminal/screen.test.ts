import { expect, test } from 'vitest';
import { plain } from './screen.js';

test('without a terminal the live line is written every ten seconds, other lines at once', () => {
  const lines: string[] = [];
  let now = 0;
  const screen = plain(
    (line) => lines.push(line),
    () => now,
  );
  for (; now < 35_000; now += 1_000) screen.live(`after ${now / 1000} s`);
  now += 9_999;
  screen.live('');
  screen.say('done');
  now += 9_999;
  screen.live('too early');
  expect(lines).toEqual(['after 10 s', 'after 20 s', 'after 30 s', 'done']);
});
