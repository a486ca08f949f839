import { describe, expect, test } from 'vitest';
import { normalise } from './normalise.js';

const sft = (row: unknown) => (normalise('sft', JSON.stringify(row), {}, 0) as { messages: unknown[] }).messages;
const user = (content: unknown) => ({ role: 'user', content });
const agent = (content: unknown, more = {}) => ({ role: 'assistant', content, ...more });
const tool = (content: string, more = {}) => ({ role: 'tool', content, ...more });
const call = (name: string, args: unknown, id = 'c1') => ({
  id,
  type: 'function',
  function: { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) },
});

test('a ShareGPT conversation becomes messages, with its calls in the grammar of a run', () => {
  const row = {
    system: 'S',
    tools: '[]',
    conversations: [
      { from: 'human', value: 'Q?' },
      { from: 'function_call', value: '{"name": "search", "arguments": {"query": "x"}}' },
      { from: 'observation', value: 'R' },
      { from: 'gpt', value: '<think>t</think><answer>\\boxed{1}</answer>' },
    ],
  };
  expect(normalise('sft', JSON.stringify(row), {}, 0)).toEqual({
    messages: [
      { role: 'system', content: 'S' },
      user('Q?'),
      agent('<search>x</search>'),
      tool('R'),
      agent('<think>t</think><answer>\\boxed{1}</answer>'),
    ],
    metadata: { tools: '[]' },
  });
});

describe("an assistant's message of OpenAI", () => {
  test.each([
    ['a call without content', agent(null, { tool_calls: [call('search', { query: 'x' })] }), '<search>x</search>'],
    [
      'a call after content',
      agent('So:', { tool_calls: [call('python', { code: 'a\nb' })] }),
      'So:\n<python>a\nb</python>',
    ],
    [
      'arguments that are an object',
      agent('', { tool_calls: [{ function: { name: 'search', arguments: { q: 'x' } } }] }),
      '<search>x</search>',
    ],
    [
      'a call with several arguments, as JSON',
      agent('', { tool_calls: [call('search', { q: 'x', k: 3 })] }),
      '<search>{"q":"x","k":3}</search>',
    ],
    ['code that is no JSON', agent('', { tool_calls: [call('python', 'print(1)')] }), '<python>print(1)</python>'],
    [
      'an older function_call',
      agent(null, { function_call: { name: 'search', arguments: '{"q":"x"}' } }),
      '<search>x</search>',
    ],
    ['a thought', agent('A', { reasoning_content: 't' }), '<think>t</think>\nA'],
    [
      'a thought before a call',
      agent(null, { reasoning_content: 't', tool_calls: [call('search', { q: 'x' })] }),
      '<think>t</think>\n<search>x</search>',
    ],
    [
      'parts of text',
      agent([
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ]),
      'ab',
    ],
    [
      'fields that say nothing',
      agent('A', { tool_calls: [], reasoning_content: '', refusal: null, name: null, annotations: [], weight: 1 }),
      'A',
    ],
  ])('with %s is its text', (_, message, content) => {
    expect(sft({ messages: [user('Q?'), message] })).toEqual([user('Q?'), agent(content)]);
  });

  test('that is not learnt says so', () => {
    const messages = [user('Q?'), agent('bad', { weight: 0 }), user('Q?'), agent('good', { weight: 1 })];
    expect(sft({ messages })).toEqual([user('Q?'), agent('bad', { weight: 0 }), user('Q?'), agent('good')]);
  });

  test('with several calls is taken apart, each with the result that names it', () => {
    const calls = [call('search', { q: 'x' }, 'c1'), call('python', { code: 'y' }, 'c2')];
    const results = [tool('Y', { tool_call_id: 'c2', name: 'python' }), tool('X', { tool_call_id: 'c1' })];
    expect(sft({ messages: [user('Q?'), agent('So:', { tool_calls: calls }), ...results, agent('A')] })).toEqual([
      user('Q?'),
      agent('So:\n<search>x</search>'),
      tool('X'),
      agent('<python>y</python>'),
      tool('Y'),
      agent('A'),
    ]);
  });
});

test('developers are systems, and functions tools', () => {
  const messages = [
    { role: 'developer', content: 'S' },
    user('Q?'),
    agent('A'),
    { role: 'function', name: 'f', content: 'R' },
  ];
  expect(sft({ messages })).toEqual([{ role: 'system', content: 'S' }, user('Q?'), agent('A'), tool('R')]);
});

const twoCalls = [call('search', { q: 'x' }), call('search', { q: 'y' }, 'c2')];

test.each([
  [[{ role: 'bot', content: 'x' }], 'messages[0].role: must be one of system, developer, user, human, assistant'],
  [[{ from: 'bot', value: 'x' }], 'messages[0].from: must be one of system'],
  [[user(null)], 'messages[0].content: must be a string, or a list of text parts'],
  [[user('Q?'), agent(null)], 'messages[1].content: must be a string'],
  [[user([{ type: 'image_url', image_url: {} }])], 'messages[0].content[0]: is image_url, and must be {"type": "text"'],
  [
    [agent('x', { audio: { id: 'a' } })],
    'messages[0].audio: not supported here; leave it out, or move it beside the messages',
  ],
  [[{ ...user('Q?'), name: 'Eve' }], 'messages[0].name: not supported here'],
  [[agent('x', { weight: 0.5 })], 'messages[0].weight: must be 1, or 0 for a message that is not learnt'],
  [[user('Q?'), agent('x', { weight: 0 })], 'messages: has no assistant message to learn from'],
  [
    [agent('<think>a</think>', { reasoning_content: 'b' })],
    'messages[0].reasoning_content: content has a <think> of its own',
  ],
  [[agent('', { tool_calls: [{}] })], 'messages[0].tool_calls[0]: must be {"type": "function"'],
  [
    [agent('', { tool_calls: [call('search', ['x'])] })],
    'messages[0].tool_calls[0].function.arguments: must be an object of arguments',
  ],
  [
    [agent('', { tool_calls: [call('a b', { q: 'x' })] })],
    'messages[0].tool_calls[0].function.name: must be a name of letters',
  ],
  [
    [agent('', { tool_calls: [call('python', { code: 'a</python>' })] })],
    'messages[0].tool_calls[0].function.arguments: must not contain </python>',
  ],
  [
    [agent('', { tool_calls: [call('search', '{"q":"\\ud800"}')] })],
    'messages[0].tool_calls[0].function.arguments: contains U+0000 or half of',
  ],
  [
    [agent('', { tool_calls: twoCalls }), tool('R'), agent('A')],
    'messages[0]: makes 2 calls, so 2 results of tools must follow it',
  ],
])('%j is refused with its reason', (messages, reason) => {
  expect(() => sft({ messages })).toThrow(reason);
});

test('a system message beside messages that have one is refused', () => {
  const row = { system: 'S', messages: [{ role: 'system', content: 'T' }, user('Q?'), agent('A')] };
  expect(() => sft(row)).toThrow('system: the messages have a system message already');
});
