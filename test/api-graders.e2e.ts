import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';
import { JudgeServer } from './support/judge-server.js';

let api: ApiHarness;
let tenant: Tenant;
let judge: JudgeServer;
beforeAll(async () => {
  judge = await JudgeServer.open();
  api = await ApiHarness.open({ JUDGE_BASE_URL: judge.baseUrl, JUDGE_API_KEY: 'sk-operator' });
  tenant = api.tenant;
});
afterAll(() => Promise.all([api.close(), judge.close()]));

const run = (body: object) => tenant.post('/v1/graders/run', body);
const validate = (grader: object) => tenant.post('/v1/graders/validate', { grader });
const boxed = (answer: string) => `<think>t</think><answer>\\boxed{${answer}}</answer>`;

test('a grader scores answers that a client brings, in order, and says why', async () => {
  const items = [
    { response: boxed('Lima'), reference: 'Lima' },
    { response: boxed('Lima'), reference: ['Cusco', 'Rome'] },
    { response: 'Lima', reference: 'Lima' },
  ];
  const { status, body } = await run({ grader: { type: 'arpo', fidelity: 'reference' }, items });
  expect(status).toBe(200);
  expect(body).toEqual({
    object: 'list',
    data: [
      {
        status: 'scored',
        reward: 1,
        parts: { format: 0, f1: 1, both_tools: 0 },
        flags: ['f1'],
        answer: 'Lima',
        format_valid: true,
        error: null,
      },
      expect.objectContaining({ reward: 0, flags: ['zero_f1'], answer: 'Lima' }),
      expect.objectContaining({ reward: -1, flags: ['think_missing'], answer: null, format_valid: false }),
    ],
  });
});

test('a response may be given in parts, whose calls count as calls', async () => {
  const response = [
    { kind: 'text', text: '<think>t</think>' },
    { kind: 'call', text: '<search>q</search>', tool: 'search' },
    { kind: 'result', text: '<result>r</result>', tool: 'search' },
    { kind: 'text', text: '<answer>Lima</answer>' },
  ];
  const grader = {
    type: 'sum',
    terms: [
      { reward: { type: 'tool_use', tool: 'search', per: 'call' }, weight: 0.5 },
      { reward: { type: 'contains' }, name: 'right' },
    ],
    clamp: { max: 1.25 },
  };
  const flat = response.map(({ text }) => text).join('');
  const { body } = await run({ grader, items: [response, flat].map((one) => ({ response: one, reference: 'Lima' })) });
  expect(body.data).toMatchObject([
    { reward: 1.25, parts: { 'tool_use/tool_use': 0.5, 'right/contains': 1, clamp: -0.25 }, answer: 'Lima' },
    { reward: 1, parts: { 'tool_use/tool_use': 0, 'right/contains': 1 } },
  ]);
});

test('a Python function scores; where it raises there is no score, and its traceback says why', async () => {
  const source = 'def score(item):\n  return 1 / len(item["answer"]) + item["metadata"].get("bonus", 0)\n';
  const items = [
    { response: '<answer>four</answer>', reference: '', metadata: { bonus: 2 } },
    { response: '<answer></answer>', reference: '' },
  ];
  const { body } = await run({ grader: { type: 'python', source }, items });
  expect(body.data).toMatchObject([
    { status: 'scored', reward: 2.25, parts: { python: 2.25 }, error: null },
    { status: 'infra_error', reward: null, error: expect.stringMatching(/line 2, in score[^]*ZeroDivisionError/) },
  ]);
});

test('a grader is checked by path before anything is started with it', async () => {
  expect((await validate({ type: 'length_penalty', max: 10 })).body).toEqual({
    object: 'grader.validation',
    valid: true,
    grader: { type: 'length_penalty', max: 10, buffer: 5, unit: 'characters', penalty: 1 },
    problems: [],
  });
  const terms = [
    { reward: { type: 'f1' } },
    { reward: { type: 'tool_use', min: 2, max: 1 } },
    { reward: { type: 'length_penalty', max: 1, buffer: 2 } },
  ];
  expect((await validate({ type: 'sum', terms })).body).toMatchObject({
    valid: false,
    problems: [
      { path: 'grader.terms[1].reward.max', message: 'must not be less than min (2)' },
      { path: 'grader.terms[2].reward.buffer', message: 'must not exceed max (1)' },
    ],
  });
  expect((await run({ grader: { type: 'sum', terms }, items: [{ response: '', reference: '' }] })).status).toBe(422);
  const unknown = await validate({ type: 'contains', within: 'prompt' });
  expect(unknown).toMatchObject({ status: 400, body: { error: { param: 'grader.within' } } });
});

test('a run, a preview and an evaluation whose Python function cannot be loaded are refused with its line', async () => {
  const rows = new ApiRows(api.dataSource, tenant.projectId);
  const [model, dataset] = [await rows.model(), await rows.dataset()];
  const grader = { type: 'python', source: 'def score(item):\n  retrun 1\n' };
  const message = /line 2: SyntaxError: invalid syntax/;
  const spec = { method: 'grpo', model: model.id, dataset: dataset.id, reward: grader };
  const refused = await tenant.post('/v1/runs', spec);
  expect(refused).toMatchObject({ status: 422, body: { error: { param: 'reward.source' } } });
  expect(refused.body.error.message).toMatch(message);
  expect((await tenant.post('/v1/runs/preview', spec)).body.problems).toEqual([
    { path: 'reward.source', message: expect.stringMatching(message) },
  ]);
  const evaluation = await tenant.post('/v1/evaluations', { model: model.id, dataset: dataset.id, grader });
  expect(evaluation).toMatchObject({ status: 422, body: { error: { param: 'grader.source' } } });
});

test('up to 1,000 answers are scored at once, and no more', async () => {
  const items = Array.from({ length: 1001 }, (_, i) => ({ response: boxed(String(i)), reference: i }));
  const { body } = await run({ grader: { type: 'exact_match' }, items: items.slice(1) });
  expect(body.data.map(({ reward }: { reward: number }) => reward)).toEqual(Array.from({ length: 1000 }, () => 1));
  expect(await run({ grader: { type: 'exact_match' }, items })).toMatchObject({ status: 400 });
});

test("OpenAI's graders are taken as they are", async () => {
  const same = { name: 'same', input: '{{sample.answer}}', reference: '{{item.reference}}' };
  const grader = {
    type: 'multi',
    name: 'all',
    graders: {
      exact: { type: 'string_check', ...same, operation: 'eq' },
      alike: { type: 'text_similarity', ...same, evaluation_metric: 'fuzzy_match' },
      own: { type: 'python', name: 'own', source: 'def grade(sample, item):\n  return len(sample["output_text"]) > 3' },
    },
    calculate_output: '(exact + alike + own) / 3',
  };
  const { body } = await run({ grader, items: [{ response: '<answer>Lima</answer>', reference: 'Lima' }] });
  expect(body.data).toMatchObject([{ reward: 1, parts: { exact: 1, alike: 1, own: 1, calculate_output: -2 } }]);
  expect((await validate({ ...grader, calculate_output: 'exact + other' })).body).toMatchObject({
    valid: false,
    problems: [{ path: 'grader.calculate_output', message: 'other is none of the graders: use exact, alike, own' }],
  });
  const broken = { ...grader.graders, own: { ...grader.graders.own, source: 'def grade(sample, item:\n  pass' } };
  expect((await validate({ ...grader, graders: broken })).body.problems).toMatchObject([
    { path: 'grader.graders.own.source', message: expect.stringMatching(/^line 1: SyntaxError/) },
  ]);
});

test("OpenAI's score_model is taken as it is where the operator has named an endpoint, which nobody else may ask", async () => {
  judge.reply = () => '{"steps": [], "result": 0.75}';
  const grader = {
    type: 'score_model',
    name: 'near',
    model: 'any',
    input: [{ role: 'user', content: '{{ item.reference }}: {{ sample.output_text }}' }],
    sampling_params: { temperature: 0, top_p: 1 },
    range: [0, 1],
  };
  const items = [{ response: 'Lima', reference: 'Peru' }];
  expect((await validate(grader)).body).toMatchObject({ valid: true, problems: [] });
  expect((await run({ grader, items })).body.data).toMatchObject([{ status: 'scored', reward: 0.75 }]);
  expect(judge.heard).toMatchObject([
    {
      headers: { authorization: 'Bearer sk-operator' },
      body: { model: 'any', temperature: 0, top_p: 1, messages: [{ content: expect.stringMatching(/^Peru: Lima/) }] },
    },
  ]);
  const named = await run({ grader: { ...grader, base_url: judge.baseUrl }, items });
  expect(named).toMatchObject({ status: 422 });
  expect(named.body.error.message).toContain('127.0.0.1 is not a public address');
  expect(judge.heard).toHaveLength(1);
});
