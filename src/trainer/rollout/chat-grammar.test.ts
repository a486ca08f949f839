import { describe, expect, test } from 'vitest';
import { callFormatOf, delimitedFormat } from '../model/call-format.js';
import { ChatGrammar } from './chat-grammar.js';

const hermes = new ChatGrammar({ kind: 'delimited', opens: '<tool_call>\n', closes: '\n</tool_call>' });
const llama = new ChatGrammar({ kind: 'llama3' });
const json = (tool: string, input: string) => ({ tool, input, format: 'json' });
const shown = (grammar: ChatGrammar, text: string) =>
  grammar.ended(text).map(({ span, ...call }) => ({ ...call, text: text.slice(span.start, span.end) }));

describe('calls between delimiters', () => {
  test('are found in order, with their places', () => {
    const [first, second] = [
      '<tool_call>\n{"name": "search", "arguments": {"query": "Lima"}}\n</tool_call>',
      '<tool_call>{"name":"now"}</tool_call>',
    ];
    expect(shown(hermes, `Let me see.\n${first}\n${second}`)).toEqual([
      { ...json('search', '{"query":"Lima"}'), text: first },
      { ...json('now', '{}'), text: second },
    ]);
  });

  test('may have arguments that are the JSON of an object', () => {
    const text = '<tool_call>{"name": "search", "arguments": "{\\"query\\": \\"x\\"}"}</tool_call>';
    expect(hermes.ended(text)).toMatchObject([json('search', '{"query": "x"}')]);
  });

  test('that are not closed go on to the end of the turn', () => {
    expect(hermes.ended('<tool_call>{"name": "now"}')).toMatchObject([json('now', '{}')]);
  });

  test.each(['{"name": "search"', '[1]', '{"arguments": {}}', '7', ''])(
    'that name no tool are calls of nothing: %s',
    (body) => {
      expect(hermes.ended(`<tool_call>${body}</tool_call>`)).toMatchObject([json('', body)]);
    },
  );

  test('may be delimited as a spec says, with the same delimiter on both sides too', () => {
    const named = new ChatGrammar(delimitedFormat({ begin: '[CALL] ', end: '[/CALL]' }));
    const text = '[CALL]{"name": "now"}[/CALL] [CALL] {"name": "then"} [/CALL]';
    expect(named.ended(text)).toMatchObject([json('now', '{}'), json('then', '{}')]);
    expect(named.ended('<tool_call>{"name": "now"}</tool_call>')).toEqual([]);
    const fenced = new ChatGrammar(delimitedFormat({ begin: '```\n', end: '\n```' }));
    expect(fenced.ended('```\n{"name": "now"}\n```\n```\n[]\n```')).toMatchObject([json('now', '{}'), json('', '[]')]);
  });

  test('are none in an answer', () => {
    expect(hermes.ended('It is {"name": "Lima"}.')).toEqual([]);
  });
});

describe('turns that are calls', () => {
  test('are one JSON object', () => {
    expect(shown(llama, ' {"name": "search", "parameters": {"query": "x"}}\n')).toEqual([
      { ...json('search', '{"query":"x"}'), text: '{"name": "search", "parameters": {"query": "x"}}\n' },
    ]);
  });

  test('may begin with the tag of programs, before a call or a program', () => {
    expect(llama.ended('<|python_tag|>{"name": "now", "parameters": {}}')).toMatchObject([json('now', '{}')]);
    expect(llama.ended('<|python_tag|>print(1)')).toMatchObject([
      { tool: 'python', input: 'print(1)', format: 'text' },
    ]);
    expect(llama.ended('<|python_tag|>{"name": 7}')).toMatchObject([json('', '{"name": 7}')]);
  });

  test.each(['It is Lima.', '{"capital": "Lima"}', '{broken', ''])('are not: %s', (text) => {
    expect(llama.ended(text)).toEqual([]);
  });
});

test('the format is read from the template', () => {
  expect(callFormatOf("{{ '<tool_call>' }}")).toMatchObject({ opens: '<tool_call>\n' });
  expect(callFormatOf("{{ '<|python_tag|>' }}")).toEqual({ kind: 'llama3' });
  expect(callFormatOf("{{ message['content'] }}")).toBeNull();
});
