import { expect, test } from 'vitest';
import { resolveRunSpec, type PolicyRunSpec } from '../../spec/run-spec.js';
import { planEvaluation } from './evaluation-plan.js';

const input = { checkpoint: 'ckpt_1', dataset: 'ds_1' };
const limits = { max_response_tokens: 300, max_result_tokens: 100 };
const spec = resolveRunSpec({ method: 'arpo', model: 'mdl_1', dataset: 'ds_1', rollout: limits });
const maker = { id: 'run_1', spec, sawToolResults: false };

test('results are limited as in the run, or to half of the response that is asked for', () => {
  expect(planEvaluation(input, maker).spec?.sampling).toMatchObject(limits);
  const longer = planEvaluation({ ...input, sampling: { max_response_tokens: 500 } }, maker);
  expect(longer.spec?.sampling).toMatchObject({ max_response_tokens: 500, max_result_tokens: 250 });
  expect(planEvaluation(input, null).spec?.sampling).toMatchObject({ max_result_tokens: 512 });
});

test.each([undefined, 300])(
  'of a run from before results were limited, whose limit is %s, it is half of the response',
  (old) => {
    const rollout = { ...(spec as PolicyRunSpec).rollout, max_result_tokens: old };
    const plan = planEvaluation(input, { ...maker, spec: { ...spec, rollout } as PolicyRunSpec });
    expect(plan.spec?.sampling).toMatchObject({ max_response_tokens: 300, max_result_tokens: 150 });
    expect(plan.problems).toEqual([]);
  },
);

test('a result must leave room to answer', () => {
  const plan = planEvaluation({ ...input, sampling: { max_result_tokens: 300 } }, maker);
  expect(plan.problems.map(({ path }) => path)).toEqual(['sampling.max_result_tokens']);
});

test('what is given without effect is warned of, and what comes from the run is not', () => {
  const warnings = (given: object) => planEvaluation({ ...input, ...given }, maker).warnings;
  expect(warnings({})).toEqual([]);
  expect(warnings({ sampling: { top_p: 0.9, tool_call_limit: 2, max_result_tokens: 50 } })).toEqual([
    'sampling.top_p has no effect: sampling.temperature is 0, and the likeliest token is written',
    'sampling.tool_call_limit, sampling.max_result_tokens have no effect: there are no tools',
  ]);
  const tools = [{ type: 'python' }];
  expect(warnings({ tools, sampling: { tool_call_limit: 0 } })).toContain(
    'tools has no effect: sampling.tool_call_limit is 0, so that no tool is ever called',
  );
  expect(warnings({ sampling: { temperature: 1, top_p: 0.9 } })).toEqual([]);
});

test('tags that cannot be told apart are refused, whoever names the tools, and others than in the run are warned of', () => {
  const tools = [{ type: 'search', corpus: 'ds_2' }, { type: 'python' }] as const;
  const withTools = {
    ...maker,
    spec: resolveRunSpec({ method: 'sft', model: 'mdl_1', dataset: 'ds_1', tools: [...tools] }),
  };
  const planned = (tag_names: Record<string, string>) =>
    planEvaluation({ ...input, prompt: { tag_names }, grader: { type: 'f1' } }, withTools);
  expect(planned({ python: 'search' }).problems).toEqual([
    { path: 'prompt.tag_names', message: 'search is the tag of another tool: give python another' },
  ]);
  expect(planned({ pyton: 'code' }).problems).toHaveLength(1);
  const plan = planned({ python: 'code' });
  expect(plan.problems).toEqual([]);
  expect(plan.warnings).toEqual([
    'prompt has calls written otherwise than run_1, which made the checkpoint: it learnt to call tools as in that run',
  ]);
});
