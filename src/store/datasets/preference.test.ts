import { expect, test } from 'vitest';
import { normalise } from './normalise.js';

const row = (value: unknown, mapping = {}) => normalise('preference', JSON.stringify(value), mapping, 0);
const user = (content: string) => ({ role: 'user', content });
const assistant = (content: string) => ({ role: 'assistant', content });
const pair = { messages: [user('Q?')], chosen: [assistant('A')], rejected: [assistant('B')], metadata: {} };
const hi = [user('Hi'), assistant('Hi!')];

test.each<[string, unknown, object]>([
  ['a prompt and two texts, as TRL has it', { prompt: 'Q?', chosen: 'A', rejected: 'B' }, pair],
  [
    'a prompt and two answers of messages, as TRL has it',
    { prompt: [user('Q?')], chosen: [assistant('A')], rejected: [assistant('B')] },
    pair,
  ],
  [
    'two conversations that begin alike, as TRL has it',
    { chosen: [...hi, user('Q?'), assistant('A')], rejected: [...hi, user('Q?'), assistant('B')], score: 2 },
    { ...pair, messages: [...hi, user('Q?')], metadata: { score: 2 } },
  ],
  [
    'two conversations and their question once more, as UltraFeedback has it',
    { prompt: 'Q?', chosen: [user('Q?'), assistant('A')], rejected: [user('Q?'), assistant('B')] },
    pair,
  ],
  [
    "two transcripts, as Anthropic's HH has it",
    {
      chosen: '\n\nHuman: Hi\n\nAssistant: Hi!\n\nHuman: Q?\n\nAssistant: A',
      rejected: '\n\nHuman: Hi\n\nAssistant: Hi!\n\nHuman: Q?\n\nAssistant: B',
    },
    { ...pair, messages: [...hi, user('Q?')] },
  ],
  [
    'a transcript that ends where the answers begin',
    { prompt: '\n\nHuman: Q?\n\nAssistant:', chosen: ' A', rejected: ' B' },
    { ...pair, chosen: [assistant(' A')], rejected: [assistant(' B')] },
  ],
  [
    "OpenAI's input and outputs",
    {
      input: { messages: [user('Q?')], tools: [] },
      preferred_output: [assistant('A')],
      non_preferred_output: [assistant('B')],
    },
    pair,
  ],
  [
    'an instruction with an input, and answers of one message each',
    {
      instruction: 'Add',
      input: '1 and 2',
      chosen: { from: 'gpt', value: '3' },
      rejected: { from: 'gpt', value: '4' },
    },
    { ...pair, messages: [user('Add\n\n1 and 2')], chosen: [assistant('3')], rejected: [assistant('4')] },
  ],
  [
    'a system message beside them',
    { system: 'S', question: 'Q?', chosen: 'A', rejected: 'B' },
    { ...pair, messages: [{ role: 'system', content: 'S' }, user('Q?')] },
  ],
  [
    'an answer that both begin alike, which is part of both',
    {
      chosen: [user('Q?'), assistant('<search>x</search>'), { role: 'tool', content: 'y' }, assistant('A')],
      rejected: [user('Q?'), assistant('<search>x</search>'), { role: 'tool', content: 'y' }, assistant('B')],
    },
    {
      ...pair,
      chosen: [assistant('<search>x</search>'), { role: 'tool', content: 'y' }, assistant('A')],
      rejected: [assistant('<search>x</search>'), { role: 'tool', content: 'y' }, assistant('B')],
    },
  ],
])('a row may have %s', (_, value, expected) => {
  expect(row(value)).toEqual(expected);
});

test('a mapping names the fields', () => {
  expect(row({ q: 'Q?', good: 'A', bad: 'B' }, { prompt: 'q', chosen: 'good', rejected: 'bad' })).toEqual(pair);
});

test.each<[unknown, string]>([
  [{ prompt: 'Q?', chosen: 'A' }, 'rejected: is missing (or non_preferred_output)'],
  [{ prompt: 'Q?', completion: 'A' }, 'chosen: is missing (or preferred_output)'],
  [{ chosen: 'A', rejected: 'B' }, 'prompt: is missing (or messages, or input, or question)'],
  [{ prompt: 'Q?', chosen: 'A', rejected: 'A' }, 'chosen: is the same as rejected'],
  [{ prompt: 'Q?', chosen: 'A', rejected: ' ' }, 'rejected: is empty'],
  [{ chosen: [user('Q?'), assistant('A')], rejected: [user('R?'), assistant('B')] }, 'chosen: a message of role user'],
  [{ chosen: [user('Q?'), assistant('A')], rejected: [user('Q?')] }, 'rejected: has no assistant message'],
  [
    { input: { messages: [] }, preferred_output: [assistant('A')], non_preferred_output: [assistant('B')] },
    'input.messages: must be a list of messages, and not empty',
  ],
])('%j is refused', (value, problem) => {
  expect(() => row(value)).toThrow(problem);
});
