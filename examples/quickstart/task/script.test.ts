import { describe, expect, test } from 'vitest';
import { bm25 } from './bm25.js';
import { corpus } from './corpus.js';
import { countries } from './countries.js';
import type { Search } from './notes.js';
import { solve } from './script.js';
import { careful, type Slips } from './slips.js';
import type { Task } from './task.js';

const all = countries();
const real = bm25(corpus(all).map((row) => row.text));
const country = (name: string) => all.find((one) => one.name === name)!;
const [peru, angola] = [country('Peru'), country('Angola')];
const total: Task = { family: 'total', first: peru, second: angola };
const chain: Task = { family: 'chain', attribute: 'area', country: peru };
const lookup: Task = { family: 'lookup', attribute: 'capital', country: peru };

const contents = (task: Task, slips: Partial<Slips> = {}, search: Search = real) =>
  solve(task, search, { ...careful, ...slips })
    .messages.slice(1)
    .map((message) => message.content);

describe('the careful script', () => {
  test('looks up both areas, calculates and boxes what python printed', () => {
    expect(solve(total, real).messages).toEqual([
      { role: 'user', content: 'What is the total area of Peru and Angola?' },
      { role: 'assistant', content: '<think> I need the area of Peru.</think><search> area of Peru</search>' },
      { role: 'tool', content: 'The area of Peru is 1285 thousand square kilometres.' },
      { role: 'assistant', content: '<think> I need the area of Angola.</think><search> area of Angola</search>' },
      { role: 'tool', content: 'The area of Angola is 1247 thousand square kilometres.' },
      { role: 'assistant', content: '<think> I add them.</think><python> 1285 + 1247</python>' },
      { role: 'tool', content: '2532' },
      { role: 'assistant', content: '<think> The result has the answer.</think><answer>\\boxed{ 2532}</answer>' },
    ]);
  });

  test('finds the country of a capital before its fact', () => {
    expect(contents(chain)).toEqual([
      '<think> I need the country with capital Lima.</think><search> country with capital Lima</search>',
      'The capital of Peru is Lima.',
      '<think> I need the area of Peru.</think><search> area of Peru</search>',
      'The area of Peru is 1285 thousand square kilometres.',
      '<think> The result has the answer.</think><answer>\\boxed{ 1285}</answer>',
    ]);
  });

  test.each([
    [peru, angola, 'True', 'Peru'],
    [angola, peru, 'False', 'Peru'],
  ])('boxes the country that a comparison means', (first, second, printed, answer) => {
    expect(contents({ family: 'compare', first, second }).slice(-2)).toEqual([
      printed,
      `<think> The result has the answer.</think><answer>\\boxed{ ${answer}}</answer>`,
    ]);
  });
});

describe('a slip', () => {
  const last = (task: Task, slips: Partial<Slips>) => contents(task, slips).at(-1);
  const answered = (value: string) => `<think> The result has the answer.</think><answer>\\boxed{ ${value}}</answer>`;

  test('can be to give up without a tool', () => {
    expect(contents(total, { givesUp: true })).toEqual([
      '<think> I do not know.</think><answer>\\boxed{ unknown}</answer>',
    ]);
  });

  test.each<[string, Task, Partial<Slips>, string, number]>([
    ['after the first hop', chain, { stopsAfterHop: true }, 'Lima', 1],
    ['after the first area', total, { stopsAfterFirstArea: true }, '1285', 1],
    ['after the second area', total, { skipsPython: true }, '1247', 2],
  ])('can be to stop %s, with the last value seen', (_, task, slips, value, calls) => {
    expect(last(task, slips)).toBe(answered(value));
    expect(contents(task, slips)).toHaveLength(2 * calls + 1);
  });

  test('can be another operator, in thought and code alike', () => {
    expect(contents(total, { operatorShift: 1 }).slice(-3)).toEqual([
      '<think> I subtract them.</think><python> 1285 - 1247</python>',
      '38',
      answered('38'),
    ]);
    expect(contents(total, { operatorShift: 2 }).slice(-3)).toEqual([
      '<think> I compare them.</think><python> 1285 > 1247</python>',
      'True',
      answered('Peru'),
    ]);
  });

  test('can be a query that names only the country', () => {
    const search: Search = (query) => `The region of ${query} is Nowhere.`;
    expect(contents(lookup, { bareQueries: [true, false] }, search)).toEqual([
      '<think> I need the capital of Peru.</think><search> Peru</search>',
      'The region of Peru is Nowhere.',
      answered('Nowhere'),
    ]);
  });

  test('ends arithmetic when what it found is no number', () => {
    const search: Search = (query) => (query === 'Peru' ? 'The capital of Peru is Lima.' : real(query));
    expect(contents(total, { bareQueries: [true, false] }, search).at(-1)).toBe(answered('1247'));
  });

  test('can be to leave out the box', () => {
    expect(last(lookup, { unboxed: true })).toBe('<think> The result has the answer.</think><answer> Lima</answer>');
  });
});
