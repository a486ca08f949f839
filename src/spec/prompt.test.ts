import { expect, test } from 'vitest';
import { PromptInput, tagProblems } from './prompt.js';

test('calls stand between two delimiters that can be told apart', () => {
  const problems = (end: string) =>
    PromptInput.safeParse({ call_delimiters: { begin: '<call>', end } }).error?.issues.map(({ path }) =>
      path.join('.'),
    );
  expect(problems('</call>')).toBeUndefined();
  expect(problems(' <call>\n')).toEqual(['call_delimiters.end']);
});

test('tags have names that can be told apart', () => {
  const read = (tag_names: Record<string, string>) => PromptInput.safeParse({ tag_names }).success;
  expect(read({ python: 'code', result: 'interpreter' })).toBe(true);
  expect(
    [{ python: 'a b' }, { python: '' }, { result: 'answer' }, { python: 'code', search: 'code' }].map(read),
  ).toEqual([false, false, false, false]);
  const problems = (tag_names: Record<string, string>) =>
    tagProblems({ tag_names }, ['search', 'python']).map(({ message }) => message);
  expect(problems({ python: 'code' })).toEqual([]);
  expect(problems({ python: 'search', search: 'python' })).toEqual([]);
  expect(problems({ pyton: 'code' })).toEqual(['pyton is no tool of the run: name result, search, python']);
  expect(problems({ result: 'search' })).toEqual(['search is the tag of another tool: give result another']);
  expect(tagProblems({ tag_names: { add: 'sum' } }, null)).toEqual([]);
});
