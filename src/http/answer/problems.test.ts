import { expect, test } from 'vitest';
import { z } from 'zod';
import { RunSpecInput } from '../../spec/run-spec.js';
import { bracketed, problemsOf, unstorableTexts } from './problems.js';

const problems = (schema: z.ZodType, value: unknown) => problemsOf(schema.safeParse(value).error?.issues ?? []);
const run = { method: 'arpo', model: 'mdl_1', dataset: 'ds_1' };

test.each([
  ['a missing field', { ...run, dataset: undefined }, 'dataset', 'is required'],
  ['an unknown field, by its name', { ...run, lerning_rate: 1 }, 'lerning_rate', 'unknown field'],
  ['an unknown nested field', { ...run, rollout: { groupsize: 2 } }, 'rollout.groupsize', 'unknown field'],
  [
    'a wrong value in a list',
    { ...run, tools: [{ type: 'python', timeout_s: -1 }] },
    'tools[0].timeout_s',
    'Too small: expected number to be >0',
  ],
  [
    'an unknown tag',
    { ...run, tools: [{ type: 'shell' }] },
    'tools[0].type',
    'expected one of python, search, mcp, http, environment',
  ],
  ['a number beyond all integers, once', { ...run, seed: 1e20 }, 'seed', 'Too big: expected number to be <=4294967295'],
  ['a wrong id', { ...run, model: 'gpt' }, 'model', 'must be a model id (mdl_…) or a checkpoint id (ckpt_…)'],
  [
    'a field of the union branch that was meant',
    { ...run, reward: { type: 'arpo', fidelity: 'x' } },
    'reward.fidelity',
    'expected one of bough, reference',
  ],
  [
    'a tag that no branch of a union has',
    { ...run, reward: { type: 'x' } },
    'reward.type',
    expect.stringMatching(/^expected one of arpo, exact_match, /),
  ],
])('%s is named with its path', (_, value, path, message) => {
  expect(problems(RunSpecInput, value)).toEqual([{ path, message }]);
});

test('of a union what is said is of the branch that takes such a value', () => {
  const stop = z.union([z.string().min(1), z.array(z.string()).max(2)]);
  expect(problems(stop, ['a', 'b', 'c'])).toEqual([{ path: '', message: 'Too big: expected array to have <=2 items' }]);
  expect(problems(stop, [1])).toEqual([{ path: '[0]', message: 'expected string, received number' }]);
  expect(problems(stop, '')).toEqual([{ path: '', message: expect.stringContaining('>=1 characters') }]);
  expect(problems(stop, 1)).toEqual([{ path: '', message: 'expected string, received number' }]);
});

test('a tag within a list is said of the list, in the words of its schema where it has some', () => {
  const parts = (error?: string) =>
    z.union([z.string(), z.array(z.discriminatedUnion('type', [z.object({ type: z.literal('text') })], error))]);
  const given = [{ type: 'text' }, { type: 'image' }];
  expect(problems(parts(), given)).toEqual([{ path: '[1].type', message: 'expected one of text' }]);
  expect(problems(parts('only text'), given)).toEqual([{ path: '[1].type', message: 'only text' }]);
});

test('every problem is listed', () => {
  const found = problems(RunSpecInput, { method: 'arpo', extra: 1 });
  expect(found.map(({ path }) => path)).toEqual(['model', 'dataset', 'extra']);
});

test('texts that PostgreSQL cannot hold are named', () => {
  const found = unstorableTexts({ name: 'a\0b', metadata: { ok: 'x', 'k\0': '\ud800' }, list: ['fine', 'bad\0'] });
  expect(found.map(({ path }) => path)).toEqual(['name', 'metadata', 'metadata.k\0', 'list[1]']);
});

test('indices are written in brackets', () => {
  expect(bracketed('tools.0.type')).toBe('tools[0].type');
  expect(bracketed('a.1.2.b')).toBe('a[1][2].b');
});
