import { expect, test } from 'vitest';
import { PromptInput } from './prompt.js';

test('calls stand between two delimiters that can be told apart', () => {
  const problems = (end: string) =>
    PromptInput.safeParse({ call_delimiters: { begin: '<call>', end } }).error?.issues.map(({ path }) =>
      path.join('.'),
    );
  expect(problems('</call>')).toBeUndefined();
  expect(problems(' <call>\n')).toEqual(['call_delimiters.end']);
});
