import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveRunSpec, type ResolvedRunSpec, type RunSpecInput } from '../run-spec.js';
import { COMMON, uncommonFields } from './trainer-needs.js';

/** What the ray trainer's table says, asked in Python; it needs no packages. Null where there is no Python. */
function supported(specs: readonly ResolvedRunSpec[]): { limits: Record<string, unknown>; refused: string[] } | null {
  const program = `
import json, sys
from bough_trainer.failure import TrainerFailure
from bough_trainer.supported import limits, refuse_unsupported
refused = []
for spec in json.load(sys.stdin):
    try:
        refuse_unsupported(spec)
        refused.append("")
    except TrainerFailure as failure:
        refused.append(failure.message.split(" ")[0])
print(json.dumps({"limits": limits(), "refused": refused}))`;
  const env = { ...process.env, PYTHONPATH: join(import.meta.dirname, '../../../trainers/ray') };
  try {
    return JSON.parse(
      execFileSync('python3', ['-c', program], { env, input: JSON.stringify(specs), encoding: 'utf8' }),
    ) as ReturnType<typeof supported>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

const specOf = (input: object) => resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', ...input } as RunSpecInput);

const fieldsOf = (input: Partial<RunSpecInput>) =>
  uncommonFields(resolveRunSpec({ model: 'mdl_1', dataset: 'ds_1', ...input }));

test.each(['sft', 'grpo', 'arpo'] as const)(
  'a run of %s with the defaults asks for what every trainer has',
  (method) => {
    expect(fieldsOf({ method })).toEqual([]);
  },
);

test('what a trainer may lack is named by its path', () => {
  const training = { adapter: { type: 'lora', dropout: 0.1 } };
  expect(fieldsOf({ method: 'arpo', training, rollout: { preset: 'reference' } } as Partial<RunSpecInput>)).toEqual([
    'rollout.entropy',
    'rollout.baseline',
    'rollout.empty_result_attempts',
    'training.adapter.dropout',
  ]);
  const search = { type: 'search', provider: 'searxng', url: 'https://searx.example.com' } as const;
  const reading = (summary: object) =>
    ({ method: 'arpo', tools: [{ ...search, pages: { summary } }] }) as Partial<RunSpecInput>;
  expect(fieldsOf(reading({ by: 'policy' }))).toEqual(['tools.pages.summary.by']);
  expect(fieldsOf(reading({ base_url: 'https://example.com/v1', model: 'm' }))).toEqual([]);
});

test('the ray trainer refuses what is named here, and nothing else', ({ skip }) => {
  const page = {
    type: 'search',
    provider: 'searxng',
    url: 'https://searx.example.com',
    pages: { summary: { by: 'policy' } },
  };
  const accepted = ['sft', 'grpo', 'arpo'].map((method) =>
    specOf({
      method,
      training: { world_size: 2, adapter: { type: 'lora' } },
      ...(method !== 'sft' && { tools: [{ type: 'python' }], evaluation: { dataset: 'ds_2', best: {} } }),
    }),
  );
  const refused: [string, object][] = [
    ['prompt.tool_syntax', { method: 'sft', prompt: { tool_syntax: 'chat' } }],
    ['training.adapter.dropout', { method: 'grpo', training: { adapter: { type: 'lora', dropout: 0.1 } } }],
    ['tools.0.pages.summary.by', { method: 'arpo', tools: [page] }],
    ['method', { method: 'gspo' }],
  ];
  const said = supported([...accepted, ...refused.map(([, spec]) => specOf(spec))]);
  if (!said) return skip('there is no python3');
  expect(said.refused).toEqual([...accepted.map(() => ''), ...refused.map(([field]) => field)]);
  // The accelerator is another need of its own, and there is one template.
  const { accelerator, 'prompt.template': template, ...limits } = said.limits;
  expect([accelerator, template]).toEqual([['auto', 'cpu', 'cuda'], ['chat']]);
  expect(limits).toEqual(COMMON);
});
