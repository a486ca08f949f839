import { expect, test } from 'vitest';
import { called, said } from '../../test/support/responses.js';
import { exactMatch, scoreExactMatch } from './exact-match.js';

const answer = (text: string) => `<think>t</think><answer>${text}</answer>`;

test.each([
  ['the last box', answer('\\boxed{Rome} or \\boxed{ Lima }'), 'Lima'],
  ['the block when nothing is boxed', answer('\n Lima.\n'), 'lima'],
  ['a box that lost its backslash', answer('\boxed{Lima}'), 'Lima'],
  ['the last block', `${answer('Rome')} ${answer('\\boxed{Lima}')}`, 'Lima'],
  ['any of several references', answer('\\boxed{Lima}'), ['Cusco', 'Lima']],
  ['a number', answer('\\boxed{2041}'), 2041],
] as const)('matches %s', (_, response, reference) => {
  expect(exactMatch(said(response), reference)).toBe(1);
});

test.each([
  ['no answer block', 'Lima', 'Lima'],
  ['an unclosed block', '<answer>Lima', 'Lima'],
  ['a part of the reference', answer('Guiana'), 'French Guiana'],
  ['the other sign', answer('\\boxed{-3}'), '3'],
  ['an empty answer', answer(''), ''],
] as const)('does not match %s', (_, response, reference) => {
  expect(exactMatch(said(response), reference)).toBe(0);
});

test('does not read the results of tools', () => {
  expect(exactMatch(called('search', 'q', answer('Lima')), 'Lima')).toBe(0);
});

test('is a reward that names the answer it compared', () => {
  expect(scoreExactMatch({ response: said(answer('\\boxed{Lima}')), reference: 'Lima' })).toEqual({
    reward: 1,
    parts: { exact_match: 1 },
    flags: ['match'],
    answer: 'Lima',
    formatValid: true,
  });
  expect(scoreExactMatch({ response: said('Lima'), reference: 'Lima' })).toMatchObject({
    reward: 0,
    flags: ['no_answer'],
    answer: null,
    formatValid: false,
  });
});
