import { expect, test } from 'vitest';
import type { DatasetKind } from '../../spec/enums.js';
import { normalise } from './normalise.js';

const row = (kind: DatasetKind, value: unknown, mapping = {}) => normalise(kind, JSON.stringify(value), mapping, 7);
const user = (content: string) => ({ role: 'user', content });

test.each([
  ['question and answer', { question: 'Q?', answer: 'A' }, [user('Q?')], ['A'], {}],
  ['prompt and answers', { prompt: 'Q?', answers: ['A', 'B'] }, [user('Q?')], ['A', 'B'], {}],
  ['a number as answer', { question: 'Q?', answer: 2041 }, [user('Q?')], ['2041'], {}],
  ['numbers among references', { question: 'Q?', references: ['x', 0.5] }, [user('Q?')], ['x', '0.5'], {}],
  [
    'messages',
    { messages: [{ role: 'system', content: 'S' }, user('Q?')], answer: 'A' },
    [{ role: 'system', content: 'S' }, user('Q?')],
    ['A'],
    {},
  ],
  ['a prompt that is a list of messages', { prompt: [user('Q?')], answer: 'A' }, [user('Q?')], ['A'], {}],
  [
    'metadata and other fields',
    { question: 'Q?', answer: 'A', level: 2, metadata: { s: 'x' } },
    [user('Q?')],
    ['A'],
    { level: 2, s: 'x' },
  ],
  [
    'a null field as an absent one',
    { question: 'Q?', answer: null, answers: ['A'] },
    [user('Q?')],
    ['A'],
    { answer: null },
  ],
  ['the fields of FlashRAG', { question: 'Q?', golden_answers: ['A', 'B'] }, [user('Q?')], ['A', 'B'], {}],
  ['the fields of GAIA', { Question: 'Q?', 'Final answer': 'A', Level: 1 }, [user('Q?')], ['A'], { Level: 1 }],
  [
    'a solution of GSM8K',
    { question: 'Q?', answer: '2 + 3 = 5\n#### 5' },
    [user('Q?')],
    ['5'],
    { solution: '2 + 3 = 5\n#### 5' },
  ],
  [
    'a solution of MATH',
    { problem: 'Q?', solution: 'So \\boxed{5}.', level: 'Level 1' },
    [user('Q?')],
    ['5'],
    { solution: 'So \\boxed{5}.', level: 'Level 1' },
  ],
  [
    'the fields of verl’s search tasks',
    { prompt: [user('Q?')], reward_model: { style: 'rule', ground_truth: { target: ['A', 'B'] } } },
    [user('Q?')],
    ['A', 'B'],
    {},
  ],
])('an rl row may have %s', (_, value, messages, references, metadata) => {
  expect(row('rl', value)).toEqual({ messages, question: 'Q?', references, metadata });
});

test('a mapping names the fields, also of nested objects', () => {
  const value = { problem: 'Q?', reward_model: { style: 'rule', ground_truth: ['A'] } };
  expect(row('rl', value, { question: 'problem', answer: 'reward_model.ground_truth' })).toEqual({
    messages: [user('Q?')],
    question: 'Q?',
    references: ['A'],
    metadata: {},
  });
});

test.each([
  [true, ['true']],
  [
    [false, 3, 1.5],
    ['false', '3', '1.5'],
  ],
])('an answer of %j is its text', (answer, references) => {
  expect(row('rl', { question: 'Q?', answer })).toMatchObject({ references });
});

test.each([
  ['rl', '{"question":"Q?","answer":12345678901234567890}', { references: ['12345678901234567890'] }],
  ['rl', '{"question":"Q?","answer":[1e400]}', { references: ['1e400'] }],
  ['rl', '{"question":"Q?","answer":"A","id":1234567890123456789}', { metadata: { id: '1234567890123456789' } }],
  ['corpus', '{"id":1234567890123456789,"text":"T"}', { id: '1234567890123456789' }],
] as const)('numbers of the %s row %s keep their digits', (kind, json, expected) => {
  expect(normalise(kind, json, {}, 0)).toMatchObject(expected);
});

test('an sft row keeps its messages', () => {
  const messages = [user('Q?'), { role: 'assistant', content: 'A' }];
  expect(row('sft', { messages })).toEqual({ messages, metadata: {} });
});

const assistant = (content: string) => ({ role: 'assistant', content });

test.each([
  ['a prompt and its completion', { prompt: 'Q?', completion: ' A' }, [user('Q?'), assistant(' A')], {}],
  [
    'a prompt and its completion as messages, of which the completion is learnt',
    { prompt: [user('Hi'), assistant('Hi!'), user('Q?')], completion: [assistant('A')] },
    [user('Hi'), { ...assistant('Hi!'), weight: 0 }, user('Q?'), assistant('A')],
    {},
  ],
  [
    'an instruction with an input',
    { instruction: 'Add', input: '1 and 2', output: '3', text: 'T' },
    [user('Add\n\n1 and 2'), assistant('3')],
    { text: 'T' },
  ],
  ['an instruction alone', { instruction: 'Sing', input: '', output: 'La' }, [user('Sing'), assistant('La')], {}],
  ['a question and its answer', { question: 'Q?', answer: 42 }, [user('Q?'), assistant('42')], {}],
  [
    'a system message beside them',
    { system: 'S', question: 'Q?', answer: 'A' },
    [{ role: 'system', content: 'S' }, user('Q?'), assistant('A')],
    {},
  ],
  [
    'messages, which count before all others',
    { messages: [user('Q?'), assistant('A')], prompt: 'Q?', completion: 'B' },
    [user('Q?'), assistant('A')],
    { prompt: 'Q?', completion: 'B' },
  ],
  [
    'a pair, which counts before half of one',
    { prompt: 'P', question: 'Q?', answer: 'A' },
    [user('Q?'), assistant('A')],
    { prompt: 'P' },
  ],
])('an sft row may have %s', (_, value, messages, metadata) => {
  expect(row('sft', value)).toEqual({ messages, metadata });
});

test('a mapping names the fields of a pair', () => {
  const value = { instruction: 'Add', context: '1 and 2', response: '3' };
  expect(row('sft', value, { input: 'context', output: 'response' })).toEqual({
    messages: [user('Add\n\n1 and 2'), assistant('3')],
    metadata: {},
  });
});

test.each([
  ['text, id and title', { text: 'T', id: 'x', title: 'H' }, { id: 'x', title: 'H', text: 'T' }],
  ['an empty title', { text: 'T', title: '' }, { id: '7', title: '', text: 'T' }],
  ['text alone', { text: 'T' }, { id: '7', title: '', text: 'T' }],
  ['contents with a title', { id: 3, contents: '"H"\nT\nU' }, { id: '3', title: 'H', text: 'T\nU' }],
  ['contents of one line', { contents: 'T' }, { id: '7', title: '', text: 'T' }],
])('a corpus row may have %s', (_, value, expected) => {
  expect(row('corpus', value)).toEqual(expected);
});

test('a mapped field that is missing is named as its owner names it', () => {
  expect(() => row('rl', { answer: 'A' }, { question: 'problem' })).toThrow('problem: is missing');
  expect(() => row('rl', { answer: 'A' }, { question: 'constructor' })).toThrow('constructor: is missing');
});

test.each<[DatasetKind, unknown, string]>([
  ['rl', [1], 'not a JSON object'],
  ['rl', { answer: 'A' }, 'question: is missing (or prompt, or messages)'],
  ['rl', { question: '  ', answer: 'A' }, 'question: is empty'],
  ['rl', { question: 'Q?' }, 'answer: is missing (or answers, or references)'],
  ['rl', { question: 'Q?', answers: [] }, 'answers: must not be an empty list'],
  ['rl', { question: 'Q?', answers: ['A', {}] }, 'answers[1]: must be a string, a number, true or false'],
  ['rl', { question: 'Q?', answer: 1e300 }, 'answer: write a number this large or small as a string'],
  [
    'rl',
    { messages: [{ role: 'assistant', content: 'x' }], answer: 'A' },
    "messages: the last message must be the user's",
  ],
  ['rl', { question: 'Q?', answer: 'A', metadata: 'x' }, 'metadata: must be an object'],
  ['rl', { question: 'a\0b', answer: 'A' }, 'contains U+0000 or half of a surrogate pair'],
  ['rl', { question: '\ud800', answer: 'A' }, 'contains U+0000 or half of a surrogate pair'],
  [
    'sft',
    {},
    'messages: is missing (or conversations, or prompt and completion, or instruction and output, or question and answer)',
  ],
  [
    'sft',
    { instruction: 'Add', response: '3' },
    'output: is missing; the row has response: if one of them is it, say so with mapping {"output": "response"}',
  ],
  ['sft', { prompt: 'Q?', completion: '' }, 'completion: is empty'],
  ['sft', { prompt: 'Q?', completion: [user('A')] }, 'completion: has no assistant message to learn from'],
  ['sft', { instruction: 'Add', input: 1, output: '3' }, 'input: must be a string'],
  ['sft', { messages: [] }, 'messages: must be a list of messages, and not empty'],
  ['sft', { messages: [user('Q?')] }, 'messages: has no assistant message to learn from'],
  [
    'sft',
    { messages: [assistant('A')] },
    'messages: the assistant answers nothing: begin with a user or system message',
  ],
  ['sft', { messages: [assistant('A'), user('Q?')] }, 'messages: the assistant answers nothing'],
  [
    'corpus',
    { body: 'x', metadata: {} },
    'text: is missing (or contents); the row has body: if one of them is it, say so with mapping',
  ],
  ['corpus', { title: 'H' }, 'text: is missing (or contents)'],
  ['corpus', { text: 'T', title: 1 }, 'title: must be a string'],
  ['corpus', { text: 'T', id: {} }, 'id: must be a string or a number'],
])('a bad %s row %j is refused with its reason', (kind, value, reason) => {
  expect(() => row(kind, value)).toThrow(reason);
});

test('a line that is not JSON is refused with the reason', () => {
  expect(() => normalise('rl', '{"question": ', {}, 0)).toThrow(/^not valid JSON: /);
});
