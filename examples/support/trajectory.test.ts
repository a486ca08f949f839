import { expect, test } from 'vitest';
import { trajectoryLine } from './trajectory.js';

test('calls, what they gave and the answer are told in order', () => {
  const response =
    '<think> I need the area of Peru.</think><search> area of Peru</search>' +
    '<result>\nThe area of Peru is 1285 thousand square kilometres.\n</result>' +
    '<think> I add them.</think><python> 1285 + 756</python><result>\n2041\n</result>' +
    '<think> The result has the answer.</think><answer>\\boxed{ 2041}</answer>';
  const area = (result: string) => /\d+/.exec(result)?.[0] ?? '';
  expect(trajectoryLine(response, area)).toBe(
    'search "area of Peru" → 1285   python "1285 + 756" → 2041   answer 2041',
  );
});

test('an answer that is not boxed is said to be none', () => {
  expect(trajectoryLine('<think> I do not know.</think><answer> unknown</answer>')).toBe('answer unknown (not boxed)');
});

test('what is no move at all stands as it is, shortened', () => {
  expect(trajectoryLine(' a\nb<search> Peru</search> c')).toBe('[a b]   search "Peru"   [c]');
  expect(trajectoryLine('x'.repeat(100))).toBe(`[${'x'.repeat(59)}…]`);
  expect(trajectoryLine('')).toBe('');
});
