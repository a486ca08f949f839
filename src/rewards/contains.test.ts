import { expect, test } from 'vitest';
import { called, said } from '../../test/support/responses.js';
import { scoreContains } from './contains.js';

const inAnswer = scoreContains({ within: 'answer', match: 'words' });
const answer = (text: string) => said(`I think of Cusco. <answer>${text}</answer>`);

test.each([
  ['a word', 'It is Lima, of course.', 'lima', 1],
  ['words one after the other', 'It is the New  York Times', 'New York', 1],
  ['words in another order', 'York is not new', 'New York', 0],
  ['a part of a word', '31', '1', 0],
  ['a part of a number', '3.14', '14', 0],
  ['any reference', 'Lima', ['Rome', 'Lima'], 1],
  ['what stands outside the answer', 'Lima', 'Cusco', 0],
  ['an empty reference', 'Lima', '', 0],
] as const)('looks for words: %s', (_, text, reference, reward) => {
  expect(inAnswer({ response: answer(text), reference })).toMatchObject({ reward, parts: { contains: reward } });
});

test('without an answer block there is nothing to look into', () => {
  expect(inAnswer({ response: said('Lima'), reference: 'Lima' })).toMatchObject({ reward: 0, flags: ['no_answer'] });
});

test('looks into all that was written, but neither into calls nor into results', () => {
  const score = scoreContains({ within: 'response', match: 'words' });
  const response = [...said('It is Li'), ...called('search', 'Rome', 'Oslo'), ...said('ma or Bern')];
  const rewardOf = (reference: string) => score({ response, reference }).reward;
  expect(['Rome', 'Oslo', 'Lima', 'Bern'].map(rewardOf)).toEqual([0, 0, 0, 1]);
});

test.each([
  '<answer>Lima</answer>',
  String.raw`\boxed{Lima}`,
  '<b>Lima</b>',
  'Peru/Lima',
  '<answer>\\boxed{Lima}</answer>',
])('looks for words between tags, in boxes and beside slashes: %s', (text) => {
  const score = scoreContains({ within: 'response', match: 'words' });
  expect(score({ response: said(text), reference: 'Lima' }).reward).toBe(1);
  expect(score({ response: said('3/4'), reference: '3/4' }).reward).toBe(1);
});

test('looks for characters as they stand', () => {
  const score = scoreContains({ within: 'response', match: 'characters' });
  const response = said('首都是利马。');
  expect(score({ response, reference: '利马' }).reward).toBe(1);
  expect(score({ response, reference: '利 马' }).reward).toBe(0);
});
