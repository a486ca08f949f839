import { expect, test } from 'vitest';
import { resolveRunSpec, type RunSpecInput } from '../run-spec.js';
import { uncommonFields } from './trainer-needs.js';

const fieldsOf = (input: Partial<RunSpecInput>) =>
  uncommonFields(resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', ...input }));

test.each(['sft', 'grpo', 'arpo'] as const)(
  'a run of %s with the defaults asks for what every trainer has',
  (method) => {
    expect(fieldsOf({ method })).toEqual([]);
  },
);

test('what a trainer may lack is named by its path', () => {
  const training = { adapter: { type: 'lora' } };
  expect(fieldsOf({ method: 'arpo', training, rollout: { preset: 'reference' } } as Partial<RunSpecInput>)).toEqual([
    'rollout.entropy',
    'rollout.baseline',
    'rollout.empty_result_attempts',
    'training.adapter',
  ]);
  const search = { type: 'search', provider: 'searxng', url: 'https://searx.example.com' } as const;
  const reading = (summary: object) =>
    ({ method: 'arpo', tools: [{ ...search, pages: { summary } }] }) as Partial<RunSpecInput>;
  expect(fieldsOf(reading({ by: 'policy' }))).toEqual(['tools.pages.summary.by']);
  expect(fieldsOf(reading({ base_url: 'https://example.com/v1', model: 'm' }))).toEqual([]);
});
