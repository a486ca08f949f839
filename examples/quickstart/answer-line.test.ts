import { expect, test } from 'vitest';
import { answerLine } from './answer-line.js';

test('a sentence that search has found is shortened to its value, another result stands as it is', () => {
  const response =
    '<search> area of Peru</search><result>\nThe area of Peru is 1285 thousand square kilometres.\n</result>' +
    '<python> 1285 + 756</python><result>\n2041\n</result>';
  expect(answerLine(response)).toBe('search "area of Peru" → 1285   python "1285 + 756" → 2041');
});
