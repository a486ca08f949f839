/** Runs whose agents are outside: an unmodified agent that is trained, and agents and drivers that do not behave. Real API, worker and trainer. */
import { execFileSync } from 'node:child_process';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainAgent } from '../examples/external-agent/train-agent.js';
import type { Schemas } from '../openapi/client.js';
import type { Answer, Tenant } from './support/api-harness.js';
import { WholeService } from './support/whole-service.js';

type Rollout = Schemas['NewExternalRollout'];

let service: WholeService;
let tenant: Tenant;

beforeAll(async () => {
  service = await WholeService.open();
  ({ tenant } = service);
});
afterAll(() => service.close());

/** Looks until it is so. */
async function until<T>(look: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 60_000; ;) {
    const seen = await look();
    if (is(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`it is still ${JSON.stringify(seen).slice(0, 300)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const statusOf = async (run: string): Promise<string> => (await tenant.get(`/v1/runs/${run}`)).body.status as string;

async function start(extra: object = {}, rollout: object = {}): Promise<string> {
  const { status, body } = await tenant.post('/v1/runs', {
    method: 'grpo',
    model: service.model,
    dataset: service.questions,
    rollout: { source: 'external', group_size: 2, max_prompt_tokens: 100, max_response_tokens: 6, ...rollout },
    training: { steps: 2, prompts_per_step: 1 },
    checkpoint: { every_steps: 1 },
    ...extra,
  });
  expect([status, body.error?.message]).toEqual([201, undefined]);
  return body.id as string;
}

/** A rollout of the run, once it wants one. */
async function open(run: string): Promise<Rollout> {
  const ask = () => tenant.post(`/v1/runs/${run}/rollouts`, undefined);
  const { status, body } = await until(ask, (answer) => answer.status !== 429);
  expect([status, body.error?.message]).toEqual([201, undefined]);
  return body as Rollout;
}

const agentOf = ({ base_url: baseURL, api_key: apiKey }: Rollout): OpenAI =>
  new OpenAI({ baseURL, apiKey: apiKey!, maxRetries: 0 });
const ask = (agent: OpenAI, content = 'a', extra: object = {}) =>
  agent.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }], ...extra });
const finish = ({ run_id, id }: Rollout, body?: object): Promise<Answer> =>
  tenant.post(`/v1/runs/${run_id}/rollouts/${id}/finish`, body);
const refused = ({ status, body }: Answer) => [status, body.error?.code, body.error?.param];

test('an agent that knows OpenAI’s client alone is trained, and its reward rises', async () => {
  const screen = { say: () => {}, live: () => {} };
  const client = { bough: tenant.bough, screen, signal: new AbortController().signal };
  const on = { model: service.model, dataset: service.questions };
  const { run, rewards } = await trainAgent(client, on, { steps: 5, atOnce: 4 });
  expect(run).toMatchObject({ status: 'succeeded', usage: { tool_calls: 0 } });
  expect(rewards).toHaveLength(5);
  expect(rewards.at(-1)!).toBeGreaterThan(rewards[0]! + 0.15);
  // What was sampled is what the update finds.
  expect(run.latest_metrics['policy/sampler_gap']).toBeLessThan(1e-4);
  expect(run.latest_metrics['policy/ratio_max']).toBeCloseTo(1, 3);
}, 60_000);

test('what drivers and agents do wrong is refused, and hurts nobody else', async () => {
  const run = await start();
  const [one, two] = [await open(run), await open(run)];
  expect(one).toMatchObject({
    step: 1,
    policy_version: 0,
    tree: 0,
    status: 'open',
    example: { data: { question: expect.any(String) } },
  });
  const third = await tenant.post(`/v1/runs/${run}/rollouts`, undefined);
  expect(refused(third)).toEqual([429, 'rollouts_not_wanted', null]);
  expect(third.headers.get('retry-after')).toBe('1');

  const wrongKeys = [two.api_key!, tenant.key, 'bghr_none'].map((apiKey) =>
    ask(new OpenAI({ baseURL: one.base_url, apiKey, maxRetries: 0 })),
  );
  for (const outcome of await Promise.allSettled(wrongKeys)) expect(outcome).toMatchObject({ reason: { status: 401 } });
  await expect(wrongKeys[1]).rejects.toThrow('only the key of this rollout is taken');
  const asUser = await tenant.get('/v1/runs', { authorization: `Bearer ${one.api_key}` });
  expect([asUser.status, asUser.body.error.message]).toEqual([
    401,
    expect.stringMatching(/chat\/completions of that rollout alone/),
  ]);
  expect(refused(await tenant.post(`/v1/runs/${run}/rollouts`, { example: 3 }))).toEqual([
    400,
    'invalid_request',
    'example',
  ]);
  const stranger = await service.api.anotherTenant();
  expect((await stranger.post(`/v1/runs/${run}/rollouts/${one.id}/finish`, { reward: 1 })).status).toBe(404);

  const reward = (value: unknown) => tenant.post(`/v1/runs/${run}/rollouts/${one.id}/reward`, { reward: value });
  for (const value of ['NaN', null, 1e308, undefined]) {
    expect(refused(await reward(value))).toEqual([400, 'invalid_request', 'reward']);
  }
  expect(refused(await finish(one))).toEqual([400, 'invalid_request', 'reward']);
  expect(refused(await finish(one, { reward: 1, error: 'no network' }))).toEqual([400, 'invalid_request', 'reward']);

  // Several at once, several answers, no conversation, a conversation, a stream.
  const agent = agentOf(one);
  const [first] = await Promise.all([ask(agent), ask(agent, 'b'), ask(agent, 'c', { n: 2, temperature: 0 })]);
  const messages = [
    { role: 'user' as const, content: 'a' },
    first.choices[0]!.message,
    { role: 'user' as const, content: 'd' },
  ];
  await agent.chat.completions.create({ model: 'x', messages });
  const stream = await agent.chat.completions.create({
    model: 'x',
    messages: [{ role: 'user', content: 'e' }],
    stream: true,
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks.at(-1)!.choices[0]!.finish_reason).toMatch(/stop|length/);
  await expect(ask(agent, '+'.repeat(120))).rejects.toMatchObject({
    status: 400,
    message: expect.stringContaining('max_prompt_tokens'),
  });
  await expect(ask(agent, 'a', { frequency_penalty: 1 })).rejects.toMatchObject({
    status: 400,
    param: 'frequency_penalty',
  });

  expect((await reward(0.25)).body.reward).toBe(0.25);
  const both = await Promise.all([finish(one), finish(one)]);
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([200, 409]));
  expect(both.find(({ status }) => status === 409)!.headers.get('x-should-retry')).toBe('false');
  await expect(ask(agent)).rejects.toMatchObject({ status: 409, code: 'rollout_ended' });
  expect(refused(await reward(1))).toEqual([409, 'rollout_ended', null]);
  await ask(agentOf(two));
  expect((await finish(two, { reward: -0.25 })).body).toMatchObject({ status: 'finished', reward: -0.25 });

  const last = await open(run);
  expect(last).toMatchObject({ step: 2, policy_version: 1 });
  const trees = (await tenant.get(`/v1/runs/${run}/trees?step=1`)).body.data as { id: string }[];
  const tree = (await tenant.get(`/v1/trees/${trees[0]!.id}`)).body as Schemas['Tree'];
  const { data: trajectories } = (await tenant.get(`/v1/runs/${run}/trajectories?step=1&limit=100`))
    .body as Schemas['TrajectoryList'];
  // All prompts begin alike, and what two answers share of them is there once.
  expect(tree.segments.filter(({ parent_id }) => parent_id === null)).toHaveLength(1);
  const paths = trajectories.map(({ reward: value }) => value);
  expect(paths.filter((value) => value === 0.25).length).toBeGreaterThanOrEqual(5);
  expect(paths.filter((value) => value === -0.25)).toHaveLength(1);
  const [step] = (await tenant.get(`/v1/runs/${run}/metrics`)).body.data as { metrics: Record<string, number> }[];
  expect(step!.metrics['policy/sampler_gap']).toBeLessThan(1e-4);

  // Paused in the middle of a step: that is done again.
  await tenant.post(`/v1/runs/${run}/pause`, undefined);
  await until(
    () => statusOf(run),
    (status) => status === 'paused',
  );
  expect((await tenant.get(`/v1/runs/${run}/rollouts/${last.id}`)).body.status).toBe('lost');
  await expect(ask(agentOf(last))).rejects.toMatchObject({ status: 409 });
  expect(refused(await tenant.post(`/v1/runs/${run}/rollouts`, undefined))).toEqual([
    409,
    'run_takes_no_rollouts',
    null,
  ]);
  await tenant.post(`/v1/runs/${run}/resume`, undefined);
  const again = await open(run);
  expect(again).toMatchObject({ step: 2, policy_version: 1, example: last.example });
  expect(again.id).not.toBe(last.id);

  // A trainer that dies: agents are told, and its step is asked for again.
  for (const pid of trainers()) process.kill(pid, 'SIGKILL');
  const itsRollout = async () => (await tenant.get(`/v1/runs/${run}/rollouts/${again.id}`)).body.status as string;
  await until(itsRollout, (status) => status === 'lost');
  const afterwards = await open(run);
  expect(afterwards).toMatchObject({ step: 2, policy_version: 1 });
  expect((await finish(again, { reward: 1 })).status).toBe(409);

  await tenant.post(`/v1/runs/${run}/cancel`, undefined);
  await until(
    () => statusOf(run),
    (status) => status === 'cancelled',
  );
  await expect(ask(agentOf(afterwards))).rejects.toMatchObject({ status: 409, code: 'rollout_ended' });
  expect(refused(await tenant.post(`/v1/runs/${run}/rollouts`, undefined))).toEqual([409, 'run_finished', null]);
}, 90_000);

/** Processes of the trainer that this process's worker has started. */
function trainers(): number[] {
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return children.split('\n').flatMap((line) => (/test-bundle-/.test(line) ? [Number.parseInt(line, 10)] : []));
}

test('a rollout without a reward gets that of the run; one that takes too long, or whose agent fails, is no reward at all', async () => {
  const run = await start(
    { reward: { type: 'length_penalty', max: 40, buffer: 40 }, training: { steps: 1, prompts_per_step: 1 } },
    { group_size: 3, timeout_s: 3 },
  );
  const [late, failing, one] = [await open(run), await open(run), await open(run)];
  await ask(agentOf(one));
  await ask(agentOf(failing));
  expect((await finish(one)).body).toMatchObject({ status: 'finished', reward: null });
  expect((await finish(failing, { error: 'no network' })).body).toMatchObject({
    status: 'failed',
    error: 'no network',
  });
  // Two of three are too many to learn from.
  await until(
    () => statusOf(run),
    (status) => status === 'paused',
  );
  const inTime = 'the rollout was not finished in time (rollout.timeout_s)';
  expect((await tenant.get(`/v1/runs/${run}/rollouts/${late.id}`)).body).toMatchObject({
    status: 'expired',
    error: inTime,
  });
  const paged: string[] = [];
  const route = { path: { id: run }, query: { limit: 2, order: 'asc' as const } };
  for await (const { id } of tenant.bough.list('/v1/runs/{id}/rollouts', route)) paged.push(id);
  expect(paged).toEqual([late.id, failing.id, one.id]);
  const listed = async (query: string) => {
    const { data } = (await tenant.get(`/v1/runs/${run}/rollouts?${query}`)).body as Schemas['ExternalRolloutList'];
    return data.map(({ id }) => id);
  };
  expect(await listed('status=expired,failed')).toEqual([failing.id, late.id]);
  expect(await listed('step=2')).toEqual([]);
  expect(refused(await tenant.get(`/v1/runs/${run}/rollouts?status=waiting`))).toEqual([
    400,
    'invalid_request',
    'status',
  ]);
  const { data } = (await tenant.get(`/v1/runs/${run}/trajectories`)).body as Schemas['TrajectoryList'];
  const outcomes = new Map(data.map(({ reward_status, flags }) => [flags[0], reward_status]));
  expect(outcomes).toEqual(
    new Map([
      ['no network', 'infra_error'],
      [inTime, 'infra_error'],
      ['long', 'scored'],
    ]),
  );
  expect(data.find(({ reward_status }) => reward_status === 'scored')!.reward).toBeLessThan(0);
  await tenant.post(`/v1/runs/${run}/cancel`, undefined);
});

test.each([
  [{ method: 'arpo', rollout: { source: 'external' } }, 'rollout.source', /method grpo/],
  [{ method: 'grpo', rollout: { source: 'external' }, tools: [{ type: 'python' }] }, 'tools', /its own tools/],
  [{ method: 'grpo', rollout: { source: 'external' }, evaluation: { dataset: 'ds_1' } }, 'reward', /held-out/],
])('a run that cannot be is refused by its field: %o', async (extra, param, message) => {
  const { status, body } = await tenant.post('/v1/runs', {
    model: service.model,
    dataset: service.questions,
    ...extra,
  });
  expect([status, body.error.param]).toEqual([422, param]);
  expect(body.error.message).toMatch(message);
});

test('a run that samples by itself takes no rollouts', async () => {
  const { body } = await tenant.post('/v1/runs', service.arpo());
  expect(refused(await tenant.post(`/v1/runs/${body.id}/rollouts`, undefined))).toEqual([
    409,
    'run_takes_no_rollouts',
    null,
  ]);
  await tenant.post(`/v1/runs/${body.id}/cancel`, undefined);
});

test('a preview answers the questions itself, and says so', async () => {
  const { body } = await tenant.post('/v1/runs/preview', {
    method: 'grpo',
    model: service.model,
    dataset: service.questions,
    rollout: { source: 'external', group_size: 2, max_prompt_tokens: 100, max_response_tokens: 6 },
    training: { steps: 2, prompts_per_step: 1 },
  });
  const look = async () => (await tenant.get(`/v1/previews/${body.id}`)).body as Schemas['RunPreview'];
  const preview = await until(look, ({ status }) => status !== 'processing');
  expect(preview.error).toBeNull();
  expect(preview.estimate!.assumptions[0]).toMatch(/agent is outside/);
});

test('a run with nothing but defaults fits where one that samples by itself does', async () => {
  const { body } = await tenant.post('/v1/runs', {
    method: 'grpo',
    model: service.model,
    dataset: service.questions,
    rollout: { source: 'external', max_response_tokens: 128 },
    training: { steps: 1, prompts_per_step: 1 },
  });
  expect(body.spec.rollout).toMatchObject({ group_size: 8, max_prompt_tokens: 1024 });
  expect(await open(body.id as string)).toMatchObject({ status: 'open', step: 1 });
  await tenant.post(`/v1/runs/${body.id}/cancel`, undefined);
});
