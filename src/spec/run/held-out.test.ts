import { expect, test } from 'vitest';
import { RunSpecInput, inputProblems, resolveRunSpec, specProblems, specWarnings } from '../run-spec.js';

const run = (evaluation: object, steps = 100) =>
  RunSpecInput.parse({ method: 'grpo', model: 'mdl_1', dataset: 'ds_1', training: { steps }, evaluation });
const resolved = (evaluation: object) => {
  const spec = resolveRunSpec(run(evaluation));
  return 'evaluation' in spec ? spec.evaluation : undefined;
};

test('one dataset is short for one set that is called by its id', () => {
  expect(resolved({ dataset: 'ds_2', limit: 5 })).toEqual({
    every_steps: 10,
    sets: [{ name: 'ds_2', dataset: 'ds_2', limit: 5 }],
    best: null,
  });
});

test('the best is chosen by the reward of the first set unless it is said otherwise', () => {
  const sets = [
    { name: 'easy', dataset: 'ds_2' },
    { dataset: 'ds_3', limit: 5 },
  ];
  expect(resolved({ sets, best: { patience: 3 } })).toEqual({
    every_steps: 10,
    sets: [
      { name: 'easy', dataset: 'ds_2', limit: null },
      { name: 'ds_3', dataset: 'ds_3', limit: 5 },
    ],
    best: { set: 'easy', metric: 'reward', patience: 3, min_improvement: 0 },
  });
});

test('a resolved spec can be posted again', () => {
  const once = resolveRunSpec(run({ dataset: 'ds_2', best: { metric: 'exact_match' } }));
  const again = RunSpecInput.parse(once);
  expect(resolveRunSpec(again)).toEqual(once);
  expect([...inputProblems(again), ...specProblems(once)]).toEqual([]);
});

test.each([
  ['neither form', {}, 'evaluation.dataset'],
  ['both forms', { dataset: 'ds_2', sets: [{ dataset: 'ds_3' }] }, 'evaluation.dataset'],
  ['a limit beside sets', { limit: 3, sets: [{ dataset: 'ds_3' }] }, 'evaluation.limit'],
  ['a name that would be read as a path', { sets: [{ name: 'a/b', dataset: 'ds_3' }] }, 'evaluation.sets.0.name'],
])('%s is refused where it stands', (_, evaluation, path) => {
  const refused = RunSpecInput.safeParse({ method: 'grpo', model: 'mdl_1', dataset: 'ds_1', evaluation });
  expect(refused.error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
});

test.each([
  [{ sets: [{ dataset: 'ds_2' }, { dataset: 'ds_2' }] }, 'evaluation.sets.1.name'],
  [{ dataset: 'ds_2', best: { set: 'hard' } }, 'evaluation.best.set'],
])('%j contradicts itself', (evaluation, path) => {
  expect(specProblems(resolveRunSpec(run(evaluation))).map((problem) => problem.path)).toEqual([path]);
});

test('patience that can never be used up, and what counts against none, is warned of', () => {
  const warned = (best: object) =>
    specWarnings(run({ dataset: 'ds_2', every_steps: 25, best })).filter((text) => text.includes('evaluation.best'));
  expect(warned({ patience: 2 })).toEqual([]);
  expect(warned({ patience: 3 })).toEqual([expect.stringMatching(/^evaluation.best.patience has no effect/)]);
  expect(warned({ min_improvement: 0.1 })).toEqual([
    expect.stringMatching(/^evaluation.best.min_improvement has no effect/),
  ]);
});
