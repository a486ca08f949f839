import { expect, test } from 'vitest';
import { planRun } from './run-plan.js';

const required = { model: 'mdl_1', dataset: 'ds_1' };

test('a policy run refers to everything that its spec names', () => {
  const { references, problems } = planRun({
    method: 'arpo',
    ...required,
    tools: [{ type: 'python' }, { type: 'search', corpus: 'ds_2' }],
    evaluation: { dataset: 'ds_3' },
    training: { reference_model: 'ckpt_1', kl_coefficient: 0.1 },
  });
  expect(problems).toEqual([]);
  const holds = { path: 'rollout.max_response_tokens', tokens: 1024, hasPrompt: true };
  expect(references).toEqual([
    { path: 'model', id: 'mdl_1', to: 'model', asked: true, holds },
    { path: 'dataset', id: 'ds_1', to: 'dataset', kind: 'rl' },
    { path: 'tools.1.corpus', id: 'ds_2', to: 'dataset', kind: 'corpus' },
    { path: 'evaluation.dataset', id: 'ds_3', to: 'dataset', kind: 'rl' },
    { path: 'training.reference_model', id: 'ckpt_1', to: 'model', holds },
  ]);
});

test('each set of held-out questions is referred to where it stands', () => {
  const evaluation = { sets: [{ dataset: 'ds_2' }, { dataset: 'ds_3' }] };
  const { references } = planRun({ method: 'grpo', ...required, evaluation });
  expect(references.slice(2)).toEqual([
    { path: 'evaluation.sets.0.dataset', id: 'ds_2', to: 'dataset', kind: 'rl' },
    { path: 'evaluation.sets.1.dataset', id: 'ds_3', to: 'dataset', kind: 'rl' },
  ]);
});

test('a supervised run needs a dataset of its kind', () => {
  expect(planRun({ method: 'sft', ...required }).references).toContainEqual({
    path: 'dataset',
    id: 'ds_1',
    to: 'dataset',
    kind: 'sft',
  });
});

test('what cannot run yet is a problem with its path, and the rest of the spec is still resolved', () => {
  const plan = planRun({ method: 'arpo', ...required, accelerator: 'cuda' });
  expect(plan.problems.map(({ path }) => path)).toEqual(['accelerator']);
  expect(plan.spec?.seed).toBe(0);
});

test('a tool result gets half of the response unless a limit is given, which must leave room to answer', () => {
  const rollout = (given: object) => planRun({ method: 'arpo', ...required, rollout: given });
  expect(rollout({}).spec).toMatchObject({ rollout: { max_response_tokens: 1024, max_result_tokens: 512 } });
  expect(rollout({ max_response_tokens: 160 }).spec).toMatchObject({ rollout: { max_result_tokens: 80 } });
  expect(rollout({ max_response_tokens: 160, max_result_tokens: 159 }).problems).toEqual([]);
  for (const max_result_tokens of [160, 1000]) {
    const [problem] = rollout({ max_response_tokens: 160, max_result_tokens }).problems;
    expect(problem).toMatchObject({ path: 'rollout.max_result_tokens' });
    expect(problem?.message).toContain('less than max_response_tokens (160)');
  }
});
