import { expect, test } from 'vitest';
import { called, said } from '../../test/support/responses.js';
import { scoreLength } from './length-penalty.js';

const characters = scoreLength({ max: 10, buffer: 4, unit: 'characters', penalty: 2 });
const reward = (text: string) => characters({ response: said(text), reference: '' }).reward;

test('falls in a line over the buffer and stays at its lowest', () => {
  expect([0, 6, 7, 8, 10, 99].map((length) => reward('x'.repeat(length)))).toEqual([0, 0, -0.5, -1, -2, -2]);
});

test('counts code points', () => {
  expect(reward('😀'.repeat(6))).toBe(0);
});

test('counts what the policy wrote, calls included, and no results', () => {
  const response = [...said('abc'), ...called('t', '', 'a long result that costs nothing')];
  expect(characters({ response, reference: '' })).toMatchObject({ reward: -2, flags: ['too_long'] });
  expect(characters({ response: [response[0]!, response[2]!], reference: '' }).reward).toBe(0);
});

test('counts words, and falls at once without a buffer', () => {
  const words = scoreLength({ max: 3, buffer: 0, unit: 'words', penalty: 1 });
  expect(words({ response: said('one  two'), reference: '' })).toMatchObject({ reward: 0, flags: ['short_enough'] });
  expect(words({ response: said('one two\nthree'), reference: '' }).reward).toBe(-1);
  const interrupted = [...said('one'), { kind: 'result', text: 'r', tool: 't' } as const, ...said('two')];
  expect(words({ response: interrupted, reference: '' }).reward).toBe(0);
});
