import { expect, test } from 'vitest';
import { callArguments } from './call-arguments.js';
import { textTool, type ToolDefinition } from '../../tools/tool.js';

const search = textTool('search', 'Searches.', 'query', 'What to look for.');
const add: ToolDefinition = {
  name: 'add',
  description: 'Adds.',
  parameters: { type: 'object', properties: { a: { type: 'number' }, b: { type: 'number' } }, required: ['a', 'b'] },
};

test('the text of a call is the argument of a tool that takes one text, whatever it looks like', () => {
  expect(callArguments('{"a": 1}', 'text', search)).toEqual({ arguments: { query: '{"a": 1}' } });
});

test('a tool of several parameters takes a JSON object', () => {
  expect(callArguments(' {"a": 1, "b": 2}\n', 'text', add)).toEqual({ arguments: { a: 1, b: 2 } });
});

test.each([
  ['a = 1', /^add takes a JSON object of arguments: .*JSON/],
  ['[1, 2]', /not an array/],
  ['null', /not null/],
])('the model is told what is wrong with %s', (input, problem) => {
  expect(callArguments(input, 'text', add)).toEqual({ problem: expect.stringMatching(problem) });
});

test('a text that is no object is the only argument that a tool requires', () => {
  const properties = { city: { type: 'string' }, unit: { type: 'string' } };
  const weather = { ...add, parameters: { type: 'object', properties, required: ['city'] } };
  expect(callArguments('Lima', 'text', weather)).toEqual({ arguments: { city: 'Lima' } });
  expect(callArguments('{"city": "Lima", "unit": "C"}', 'text', weather)).toEqual({
    arguments: { city: 'Lima', unit: 'C' },
  });
  expect(callArguments('Lima', 'json', weather)).toHaveProperty('problem');
});

test('arguments in JSON are never the text of a tool that takes one', () => {
  expect(callArguments('{"query": "x"}', 'json', search)).toEqual({ arguments: { query: 'x' } });
});

test('an optional text is no text parameter', () => {
  const ping: ToolDefinition = { ...add, parameters: { type: 'object', properties: { note: { type: 'string' } } } };
  expect(callArguments('{}', 'text', ping)).toEqual({ arguments: {} });
});
