import { describe, expect, test } from 'vitest';
import { hermesTemplate } from '../../../test/support/chat-templates.js';
import { tinyTokenizer } from '../../../test/support/fake-policy.js';
import type { Tokenizer } from '../../engine/index.js';
import type { ChatMessage } from '../../spec/chat.js';
import { Answer } from './answer.js';
import { Dialect } from './dialect.js';

const search = {
  name: 'search',
  description: 'Looks up.',
  parameters: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
};
const plain = tinyTokenizer(
  ['What is the area of Peru? I need it. é'],
  ['<search>', '</search>', '<result>', '</result>'],
);
const hermes = tinyTokenizer(
  ['What is the area of Peru? I need it.'],
  ['<|im_start|>', '<|im_end|>', '<tool_call>', '</tool_call>'],
  { template: hermesTemplate, eosToken: '<|im_end|>' },
);

const user = (content: string): ChatMessage => ({ role: 'user', content, tool_calls: [] });
const called = (query: string, content = ''): ChatMessage => ({
  role: 'assistant',
  content,
  tool_calls: [{ name: 'search', arguments: JSON.stringify({ query }) }],
});
const found = (content: string): ChatMessage => ({ role: 'tool', content, tool_calls: [] });

/** Writes the text token by token, and then the end token if it `ends`. */
function written(
  tokenizer: Tokenizer,
  dialect: Dialect,
  text: string,
  { stop = [] as string[], ends = true, max = 999 } = {},
) {
  const answer = new Answer({ request: 'r', stop }, 0, dialect, max);
  const ids = [...tokenizer.encode(text, { allowSpecial: true }), ...(ends ? [dialect.language.endToken] : [])];
  const events = [];
  for (const id of ids) {
    const event = answer.write(id, null);
    if (event) events.push(event);
    if (event?.kind === 'ended') break;
  }
  const last = events.at(-1);
  return {
    text: events.map((event) => ('text' in event ? event.text : '')).join(''),
    pieces: events.length,
    ...(last?.kind === 'ended' ? { reason: last.finish_reason, calls: last.tool_calls } : {}),
  };
}

describe('an answer', () => {
  const dialect = new Dialect(plain, [], [], null);

  test('is sent as it is written, and ends with its end token', () => {
    expect(written(plain, dialect, 'Peru is far é')).toMatchObject({
      text: 'Peru is far é',
      reason: 'stop',
      calls: [],
    });
    expect(written(plain, dialect, 'Peru is far').pieces).toBeGreaterThan(3);
  });

  test('ends before a stop, of which nothing is sent, also when it is in several tokens', () => {
    expect(written(plain, dialect, 'Peru is far away', { stop: ['far a'] })).toMatchObject({
      text: 'Peru is ',
      reason: 'stop',
    });
    expect(written(plain, dialect, 'Peru is far', { stop: ['far a'] })).toMatchObject({ text: 'Peru is far' });
  });

  test('ends at its limit with what it has', () => {
    expect(written(plain, dialect, 'area', { stop: ['reap'], max: 2, ends: false })).toMatchObject({
      reason: 'length',
    });
  });
});

describe('a model that calls between tags', () => {
  const dialect = new Dialect(plain, [], [search], null);

  test('ends its answer with the call, whose text is its argument', () => {
    expect(written(plain, dialect, 'I need it. <search>area of Peru</search> and more')).toMatchObject({
      text: 'I need it.',
      reason: 'tool_calls',
      calls: [{ name: 'search', arguments: '{"query":"area of Peru"}' }],
    });
  });

  test('goes on behind a result as it does in a run', () => {
    const prompt = dialect.prompt([user('Peru?'), called('area', 'I need it.'), found('1285')]);
    expect(plain.decode(prompt)).toBe('<user>Peru?<agent>I need it.<search>area</search><result>\n1285\n</result>');
  });
});

describe('a model whose chat template lists tools', () => {
  const dialect = new Dialect(hermes, [], [search], null);
  const call = '<tool_call>\n{"name": "search", "arguments": {"query": "area"}}\n</tool_call>';

  test('ends its turn with calls, and what it wrote before them is the content', () => {
    expect(written(hermes, dialect, `I need it.\n${call}\n${call}`)).toMatchObject({
      text: 'I need it.',
      reason: 'tool_calls',
      calls: [
        { name: 'search', arguments: '{"query":"area"}' },
        { name: 'search', arguments: '{"query":"area"}' },
      ],
    });
  });

  test('that names no tool has written a text', () => {
    const text = 'It is <tool_call>nothing</tool_call>';
    expect(written(hermes, dialect, text)).toMatchObject({ text, reason: 'stop', calls: [] });
  });

  test('is shown its calls and their results as its template has them', () => {
    const text = hermes.decode(dialect.prompt([user('Peru?'), called('area'), found('1285')]));
    expect(text).toContain(`<|im_start|>assistant\n${call}<|im_end|>`);
    expect(text).toMatch(/<tool_response>\n1285\n<\/tool_response><\|im_end\|>\n<\|im_start\|>assistant\n$/);
  });
});

describe('a model that was trained here', () => {
  test('to call between delimiters is understood by them, whatever its template shows', () => {
    const call_delimiters = { begin: '<|call|>', end: '<|/call|>' };
    const dialect = new Dialect(hermes, [], [search], { tool_syntax: 'chat', call_delimiters, tag_names: null });
    const call = '<|call|>{"name": "search", "arguments": {"query": "area"}}<|/call|>';
    expect(written(hermes, dialect, `I need it. ${call}`)).toMatchObject({
      text: 'I need it.',
      reason: 'tool_calls',
      calls: [{ name: 'search', arguments: '{"query":"area"}' }],
    });
    expect(hermes.decode(dialect.prompt([user('Peru?'), called('area'), found('1285')]))).toContain(
      `<|im_start|>assistant\n${call}<|im_end|>`,
    );
  });

  test('to call between tags is not asked for calls in the format of its template', () => {
    const dialect = new Dialect(hermes, [], [search], { tool_syntax: 'tags', call_delimiters: null, tag_names: null });
    expect(written(hermes, dialect, '<search>area</search>')).toMatchObject({
      reason: 'tool_calls',
      calls: [{ name: 'search', arguments: '{"query":"area"}' }],
    });
    expect(hermes.decode(dialect.prompt([user('Peru?')]))).not.toContain('Tools:');
  });

  test('to call between tags of other names calls between those', () => {
    const tag_names = { search: 'find', result: 'information' };
    const dialect = new Dialect(hermes, [], [search], { tool_syntax: 'tags', call_delimiters: null, tag_names });
    expect(written(hermes, dialect, '<find>area</find>')).toMatchObject({
      reason: 'tool_calls',
      calls: [{ name: 'search', arguments: '{"query":"area"}' }],
    });
    expect(hermes.decode(dialect.prompt([user('Peru?'), called('area'), found('1285')]))).toContain(
      '<find>area</find><information>\n1285\n</information>',
    );
  });
});
