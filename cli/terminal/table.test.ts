import { expect, test } from 'vitest';
import { table } from './table.js';

test('cells stand below their headings', () => {
  expect(
    table(
      ['', 'before', 'after'],
      [
        ['greedy', '31.0%', '95.0%'],
        ['a longer name', '', '8.0%'],
      ],
    ),
  ).toEqual(['                before   after', 'greedy          31.0%    95.0%', 'a longer name            8.0%']);
});
