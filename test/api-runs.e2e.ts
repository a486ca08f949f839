import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unwrap } from '../openapi/client.js';
import type { RunStatus } from '../src/spec/enums.js';
import { encodeFloat32 } from './support/arrays.js';
import { batchedRow } from '../src/store/batched-rows.js';
import { Job } from '../src/store/entities/job.entity.js';
import { RunEvent } from '../src/store/entities/run-event.entity.js';
import { RunUpdate } from '../src/store/entities/run-update.entity.js';
import { Run } from '../src/store/entities/run.entity.js';
import { insertRow } from '../src/store/insert-row.js';
import { lockJob } from '../src/store/jobs.js';
import { deferred } from '../src/trainer/deferred.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
beforeAll(async () => {
  api = await ApiHarness.open();
  tenant = api.tenant;
  rows = new ApiRows(api.dataSource, tenant.projectId);
});
afterAll(() => api.close());

async function inputs(): Promise<{ model: string; dataset: string; corpus: string; demonstrations: string }> {
  const [model, dataset, corpus, demonstrations] = await Promise.all([
    rows.model(),
    rows.dataset(),
    rows.dataset({ kind: 'corpus' }, 0),
    rows.dataset({ kind: 'sft' }, 0),
  ]);
  return { model: model.id, dataset: dataset.id, corpus: corpus.id, demonstrations: demonstrations.id };
}

async function counts(): Promise<number[]> {
  const { manager } = api.dataSource;
  return Promise.all([manager.count(Run), manager.count(Job), manager.count(RunEvent)]);
}

test('a posted run is queued with its defaults filled in, its job and its first event', async () => {
  const { model, dataset, corpus } = await inputs();
  const body = {
    method: 'arpo',
    model,
    dataset,
    name: 'first',
    tools: [{ type: 'python' }, { type: 'search', corpus }],
    rollout: { group_size: 8 },
    metadata: { team: 'search' },
  };
  const made = await tenant.post('/v1/runs', body, { 'idempotency-key': 'first-run' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    object: 'run',
    status: 'queued',
    name: 'first',
    method: 'arpo',
    model,
    dataset,
    progress: { step: 0, steps: 100, phase: null, fraction: null },
    usage: { sampled_tokens: 0, wall_time_s: 0 },
    error: null,
    queue_position: 1,
    started_at: null,
    metadata: { team: 'search' },
  });
  expect(made.body.spec).toMatchObject({
    rollout: { group_size: 8, initial: 2, preset: 'bough' },
    tools: [
      { type: 'python', runtime: 'wasm', timeout_s: 10, memory_mb: 256 },
      { type: 'search', corpus, top_k: 3 },
    ],
    reward: { type: 'arpo', fidelity: 'bough' },
    training: { prompts_per_step: 8, mini_batch_prompts: 8 },
  });
  const { id } = made.body;
  expect((await tenant.post('/v1/runs', body, { 'idempotency-key': 'first-run' })).body.id).toBe(id);
  expect(await api.dataSource.manager.findBy(Job, { subjectId: id })).toMatchObject([
    { kind: 'run.train', lane: 'train', status: 'queued', requires: { accelerator: 'auto' } },
  ]);
  const events = await tenant.get(`/v1/runs/${id}/events`);
  expect(events.body.data).toMatchObject([{ sequence: 1, type: 'run.queued', level: 'info', run_id: id }]);
  expect((await tenant.get(`/v1/runs/${id}`)).body).toEqual(made.body);
});

test('a run that no worker can carry out waits, and says for what', async () => {
  const { model, dataset } = await inputs();
  const { body } = await tenant.post('/v1/runs', { method: 'grpo', model, dataset, accelerator: 'webgpu' });
  const missing = 'accelerator: no worker that is online has webgpu: it waits until one is started';
  expect(body).toMatchObject({ status: 'queued', warnings: [missing] });
  const { data } = (await tenant.get(`/v1/runs/${body.id}/events`)).body;
  expect(data).toMatchObject([{ type: 'run.queued' }, { level: 'warn', message: missing }]);
  const tools = [{ type: 'python', runtime: 'host' }];
  const programs = await tenant.post('/v1/runs', { method: 'grpo', model, dataset, accelerator: 'webgpu', tools });
  expect(programs.body.warnings).toEqual([
    'accelerator, tools: no worker that is online has webgpu and a Python of its machine (HOST_PYTHON): it waits until one is started',
  ]);
});

test('a run may start from a checkpoint, and from a model and a dataset that are still processing', async () => {
  const { dataset, model } = await inputs();
  const finished = await rows.run('succeeded');
  const checkpoint = await rows.checkpoint(finished.id, api.blobs, { 'config.json': '{}' });
  const fromCheckpoint = await tenant.post('/v1/runs', { method: 'grpo', model: checkpoint.id, dataset });
  expect(fromCheckpoint.status).toBe(201);
  expect(fromCheckpoint.body.spec.rollout).toMatchObject({ group_size: 16, initial: 16 });
  const processing = await rows.dataset({ status: 'processing' }, 0);
  expect((await tenant.post('/v1/runs', { method: 'arpo', model, dataset: processing.id })).status).toBe(201);
});

test('a body of the wrong shape is refused with 400, naming every field at fault', async () => {
  const before = await counts();
  const answer = await tenant.post('/v1/runs', { method: 'arpo', model: 'gpt', rollout: { group_sise: 4 }, extra: 1 });
  expect(answer.status).toBe(400);
  expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_request', param: 'model' });
  expect(answer.body.error.problems.map(({ path }: { path: string }) => path)).toEqual([
    'model',
    'dataset',
    'rollout.group_sise',
    'extra',
  ]);
  expect(await counts()).toEqual(before);
});

test('a run that cannot run is refused with 422, naming every problem, and leaves nothing', async () => {
  const { model, dataset, demonstrations } = await inputs();
  const foreign = await new ApiRows(api.dataSource, (await api.anotherTenant('owner')).projectId).model();
  const failed = await rows.dataset({
    status: 'failed',
    error: { code: 'dataset_unreadable', message: 'it is empty', category: 'user' },
  });
  const before = await counts();
  const problems = async (body: object) => {
    const answer = await tenant.post('/v1/runs', body, { 'idempotency-key': 'refused' });
    expect(answer.status).toBe(422);
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', code: 'unprocessable_spec' });
    expect(answer.body.error.param).toBe(answer.body.error.problems[0].path);
    return answer.body.error.problems.map((one: { path: string; message: string }) => `${one.path}: ${one.message}`);
  };
  const run = { method: 'arpo', model, dataset };
  expect(await problems({ ...run, model: foreign.id, dataset: 'ds_none' })).toEqual([
    `model: no such model: ${foreign.id}`,
    'dataset: no such dataset: ds_none',
  ]);
  expect(await problems({ ...run, dataset: demonstrations, accelerator: 'cuda' })).toEqual([
    expect.stringContaining('accelerator: cuda is not built yet'),
    `dataset: ${demonstrations} is a dataset of kind sft; give one of kind rl`,
  ]);
  expect(await problems({ ...run, method: 'sft' })).toEqual([
    `dataset: ${dataset} is a dataset of kind rl; give one of kind sft`,
  ]);
  expect(await problems({ ...run, dataset: failed.id })).toEqual([`dataset: ${failed.id} is not usable: it is empty`]);
  expect(
    await problems({
      ...run,
      tools: [{ type: 'search', corpus: dataset }],
      accelerator: 'cuda',
    }),
  ).toEqual([
    expect.stringContaining('accelerator: cuda is not built yet'),
    `tools[0].corpus: ${dataset} is a dataset of kind rl; give one of kind corpus`,
  ]);
  expect(
    await problems({
      ...run,
      training: { reference_model: 'ckpt_none', kl_coefficient: 0.1 },
      evaluation: { dataset: demonstrations },
    }),
  ).toEqual([
    `evaluation.dataset: ${demonstrations} is a dataset of kind sft; give one of kind rl`,
    'training.reference_model: no such checkpoint: ckpt_none',
  ]);
  expect(await problems({ method: 'dpo', model, dataset })).toEqual([
    `dataset: ${dataset} is a dataset of kind rl; give one of kind preference`,
  ]);
  expect(await counts()).toEqual(before);
  expect((await tenant.post('/v1/runs', run, { 'idempotency-key': 'refused' })).status).toBe(201);
});

test('a preview shows the defaults and the problems, and starts nothing', async () => {
  const { model } = await inputs();
  const before = await counts();
  const { status, body } = await tenant.post('/v1/runs/preview', {
    method: 'arpo',
    model,
    dataset: 'ds_none',
    accelerator: 'cuda',
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    object: 'run.preview',
    status: 'ready',
    spec: { rollout: { group_size: 16 }, seed: 0 },
  });
  expect(body.problems.map(({ path }: { path: string }) => path)).toEqual(['accelerator', 'dataset']);
  expect(await counts()).toEqual(before);
});

describe('what does not fit into the context of its model', () => {
  const refused = async (path: string, body: object) => {
    const { status, body: answer } = await tenant.post(path, body);
    expect(status).toBe(422);
    return answer.error.problems.map((one: { path: string; message: string }) => `${one.path}: ${one.message}`);
  };

  test('is refused of a model that is ready, naming the field and the most that it may be', async () => {
    const { id: model } = await rows.model({ contextLength: 512 });
    const { dataset, demonstrations } = await inputs();
    const rl = { method: 'grpo', model, dataset };
    const message = `must be at most 511: the context of ${model} has 512 tokens, of which a prompt takes at least 1. Lower it, or take a model with a longer context`;
    expect(await refused('/v1/runs', rl)).toEqual([`rollout.max_response_tokens: ${message}`]);
    expect(await refused('/v1/runs', { method: 'sft', model, dataset: demonstrations })).toEqual([
      expect.stringMatching(/^training\.max_length: must be at most 512: .* has 512 tokens\. Lower it/),
    ]);
    expect(await refused('/v1/evaluations', { model, dataset })).toEqual([`sampling.max_response_tokens: ${message}`]);
    const preview = await tenant.post('/v1/runs/preview', rl);
    expect(preview.body).toMatchObject({
      status: 'ready',
      problems: [{ path: 'rollout.max_response_tokens', message }],
    });
    const training = { reference_model: model, kl_coefficient: 0.1 };
    const { model: longer } = await inputs();
    expect(await refused('/v1/runs', { ...rl, model: longer, training })).toEqual([
      `rollout.max_response_tokens: ${message}`,
    ]);
  });

  test('is refused of a checkpoint, whose context is that of the model before all runs behind it', async () => {
    const { id: modelId } = await rows.model({ contextLength: 512, deletedAt: new Date() });
    const first = await rows.run('succeeded', { modelId });
    const { id: between } = await rows.checkpoint(first.id, api.blobs, {});
    const second = await rows.run('succeeded', { modelId: between });
    const { id: checkpoint } = await rows.checkpoint(second.id, api.blobs, {});
    const { dataset } = await inputs();
    const rl = { method: 'grpo', model: checkpoint, dataset };
    expect(await refused('/v1/runs', rl)).toEqual([
      expect.stringMatching(`^rollout.max_response_tokens: must be at most 511: the context of ${checkpoint} has`),
    ]);
    expect((await tenant.post('/v1/runs', { ...rl, rollout: { max_response_tokens: 511 } })).status).toBe(201);
  });

  test('waits to be found out of a model that is still being made', async () => {
    const { id: model } = await rows.model({ status: 'processing', contextLength: null });
    const { dataset } = await inputs();
    const rollout = { max_response_tokens: 100_000 };
    expect((await tenant.post('/v1/runs', { method: 'grpo', model, dataset, rollout })).status).toBe(201);
  });
});

test('a step that asks more questions than there are is warned of', async () => {
  const { model } = await inputs();
  const { id: dataset } = await rows.dataset({}, 3);
  const body = { method: 'grpo', model, dataset, tools: [{ type: 'python' }], training: { prompts_per_step: 4 } };
  const scarce = expect.stringMatching(/^training.prompts_per_step: a step asks 4 questions, and the dataset has 3/);
  expect((await tenant.post('/v1/runs', body)).body.warnings).toEqual([scarce]);
  expect((await tenant.post('/v1/runs/preview', body)).body.warnings).toEqual([scarce]);
  const enough = await tenant.post('/v1/runs', { ...body, training: { prompts_per_step: 3 } });
  expect(enough.body.warnings).toEqual([]);
});

test('what is given without effect is warned of in the run, its events and its preview', async () => {
  const { model, dataset } = await inputs();
  const body = { method: 'grpo', model, dataset, optimizer: { decay_start: 0.5 }, rollout: { tool_call_limit: 5 } };
  const warnings = [
    'rollout.tool_call_limit has no effect: the run has no tools',
    'optimizer.decay_start has no effect: it is of the schedule constant_then_linear, and this one is constant',
  ];
  const made = await tenant.post('/v1/runs', body);
  expect(made.body.warnings).toEqual(warnings);
  const { body: events } = await tenant.get(`/v1/runs/${made.body.id}/events`);
  expect(
    events.data.slice(1).map(({ level, message }: { level: string; message: string }) => [level, message]),
  ).toEqual(warnings.map((message) => ['warn', message]));
  expect((await tenant.post('/v1/runs/preview', body)).body.warnings).toEqual(warnings);
  // As it was answered, with every default filled in.
  expect((await tenant.post('/v1/runs', made.body.spec)).body.warnings).toEqual(warnings);
  const refused = await tenant.post('/v1/runs', { ...body, advantage: { attribution: 'hard' } });
  expect(refused.body.error).toMatchObject({
    code: 'unprocessable_spec',
    problems: [{ path: 'advantage.attribution', message: 'grpo does not fork; remove it, or use method arpo' }],
  });
});

test('a queued run is cancelled at once, and cancelling again changes nothing', async () => {
  const run = await rows.run('queued');
  const { status, body } = await tenant.send('POST', `/v1/runs/${run.id}/cancel`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ status: 'cancelled', queue_position: null });
  expect(body.finished_at).toBeGreaterThan(0);
  expect((await tenant.send('POST', `/v1/runs/${run.id}/cancel`)).body.status).toBe('cancelled');
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: run.id })).toMatchObject({ status: 'cancelled' });
  const events = await tenant.get(`/v1/runs/${run.id}/events`);
  expect(events.body.data.map(({ type }: { type: string }) => type)).toEqual(['run.cancelled']);
});

test('a run that waits to be taken up again is cancelled at once', async () => {
  const run = await rows.run('queued');
  await api.dataSource.query(`UPDATE runs SET status = 'recovering', started_at = now() WHERE id = $1`, [run.id]);
  const { body } = await tenant.send('POST', `/v1/runs/${run.id}/cancel`);
  expect(body).toMatchObject({ status: 'cancelled', estimated_finish_at: null });
  const events = await tenant.get(`/v1/runs/${run.id}/events`);
  expect(events.body.data[0].message).toBe('The run was cancelled before a worker went on with it');
});

test('a running run is asked to stop, once', async () => {
  const run = await rows.run('running');
  const answers = await Promise.all([1, 2].map(() => tenant.send('POST', `/v1/runs/${run.id}/cancel`)));
  expect(answers.map(({ body }) => body.status)).toEqual(['cancelling', 'cancelling']);
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: run.id })).toMatchObject({
    status: 'claimed',
    cancelRequested: true,
  });
  const events = await tenant.get(`/v1/runs/${run.id}/events`);
  expect(events.body.data.map(({ type }: { type: string }) => type)).toEqual(['run.cancelling']);
});

test('a finished run can no longer be cancelled', async () => {
  const run = await rows.run('succeeded');
  const { status, body, headers } = await tenant.send('POST', `/v1/runs/${run.id}/cancel`);
  expect(status).toBe(409);
  expect(body.error.code).toBe('run_finished');
  expect(headers.get('x-should-retry')).toBe('false');
});

test('only a finished run can be deleted, and everything of it goes', async () => {
  const run = await rows.run('running');
  await rows.steps(run.id, 2);
  const { trajectories } = await rows.tree(run.id, 1);
  const checkpoint = await rows.checkpoint(run.id, api.blobs, { 'config.json': '{}' });
  expect((await tenant.delete(`/v1/runs/${run.id}`)).body.error.code).toBe('run_not_finished');
  await api.dataSource.query(`UPDATE runs SET status = 'succeeded' WHERE id = $1`, [run.id]);

  const user = await rows.run('queued', { modelId: checkpoint.id });
  const refused = await tenant.delete(`/v1/runs/${run.id}`);
  expect(refused.body.error).toMatchObject({ code: 'checkpoint_in_use', message: expect.stringContaining(user.id) });
  await tenant.send('POST', `/v1/runs/${user.id}/cancel`);

  expect((await tenant.delete(`/v1/runs/${run.id}`)).body).toEqual({ id: run.id, object: 'run', deleted: true });
  for (const path of [
    `runs/${run.id}`,
    `runs/${run.id}/metrics`,
    `trajectories/${trajectories[0]?.id}`,
    `checkpoints/${checkpoint.id}`,
  ]) {
    expect((await tenant.get(`/v1/${path}`)).status).toBe(404);
  }
  const left = await api.dataSource.query(
    `SELECT (SELECT count(*) FROM trees WHERE run_id = $1) + (SELECT count(*) FROM run_steps WHERE run_id = $1)
          + (SELECT count(*) FROM run_events WHERE run_id = $1) AS count`,
    [run.id],
  );
  expect(left).toEqual([{ count: '0' }]);
});

test.each([
  ['runs', 'run.train', { method: 'grpo' }],
  ['evaluations', 'evaluation.run', {}],
] as const)('a cancellation and a deletion of %s do not wait for each other', async (kind, job, more) => {
  const { model, dataset } = await inputs();
  const { id } = (await tenant.post(`/v1/${kind}`, { ...more, model, dataset })).body;
  await tenant.send('POST', `/v1/${kind}/${id}/cancel`);
  const waiting = async () => {
    const where = `datname = current_database() AND wait_event_type = 'Lock'`;
    return (await api.dataSource.query<unknown[]>(`SELECT FROM pg_stat_activity WHERE ${where}`)).length;
  };
  const answers = await api.dataSource.transaction(async (manager) => {
    await lockJob(manager, job, id);
    const cancelled = tenant.send('POST', `/v1/${kind}/${id}/cancel`);
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);
    const deleted = tenant.delete(`/v1/${kind}/${id}`);
    await expect.poll(waiting, { timeout: 10_000 }).toBe(2);
    return [cancelled, deleted];
  });
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
});

test('runs are listed by status, method and metadata, with their places in the queue', async () => {
  const other = await api.anotherTenant('lister');
  const theirs = new ApiRows(api.dataSource, other.projectId);
  const first = await theirs.run('queued', { metadata: { team: 'a' } });
  const second = await theirs.run('queued');
  await theirs.run('failed');
  const list = async (query: string) => (await other.get(`/v1/runs?order=asc&${query}`)).body.data;
  const queued = await list('status=queued,preparing');
  expect(queued.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id]);
  expect(queued[1].queue_position).toBe(queued[0].queue_position + 1);
  const given = { method: 'arpo', model: first.modelId, dataset: first.datasetId, priority: 3 };
  const { body: urgent } = await other.post('/v1/runs', given);
  expect([urgent.spec.priority, urgent.queue_position]).toEqual([3, 1]);
  expect((await other.get(`/v1/runs/${first.id}`)).body.queue_position).toBe(queued[0].queue_position + 1);
  await other.send('POST', `/v1/runs/${urgent.id}/cancel`);
  expect(await list('metadata[team]=a')).toHaveLength(1);
  expect(await list('method=grpo')).toEqual([]);
  const typed = unwrap(
    await other.bough.api.GET('/v1/runs', { params: { query: { status: ['failed'], metadata: {}, order: 'asc' } } }),
  );
  expect(typed.data.map(({ status }) => status)).toEqual(['failed']);
  const byTeam = unwrap(await other.bough.api.GET('/v1/runs', { params: { query: { metadata: { team: 'a' } } } }));
  expect(byTeam.data.map(({ id }) => id)).toEqual([first.id]);
  expect((await other.get('/v1/runs?status=done')).body.error.param).toBe('status');
});

test('runs that are asked for at the same time are read by one statement, and each project still sees its own alone', async () => {
  const runs = await Promise.all(['queued', 'running', 'failed'].map((status) => rows.run(status as RunStatus)));
  const other = await api.anotherTenant('batched');
  const owned = { where: 'project_id = $2', parameters: [tenant.projectId] };
  const read = (id: string) => batchedRow(api.dataSource, Run, id, owned);
  const { master: pool } = api.dataSource.driver as unknown as { master: Pool };
  const statements = vi.spyOn(pool, 'query');
  const found = await Promise.all([...runs, { id: 'run_none' }, ...runs].map(({ id }) => read(id)));
  expect(found.map((run) => run?.id)).toEqual([...runs, { id: undefined }, ...runs].map(({ id }) => id));
  expect(statements).toHaveBeenCalledTimes(1);
  await api.dataSource.query(`UPDATE runs SET name = 'changed' WHERE id = $1`, [runs[0]?.id]);
  expect((await read(runs[0]?.id ?? ''))?.name).toBe('changed');
  statements.mockRestore();
  const answers = await Promise.all(
    runs.flatMap(({ id }) => [tenant, other].map((asker) => asker.get(`/v1/runs/${id}`))),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 404, 200, 404]);
  expect(answers.filter(({ status }) => status === 200).map(({ body }) => body.id)).toEqual(runs.map(({ id }) => id));
});

test('while two statements are under way, what is asked is one more, sent when one of them has been answered', async () => {
  const runs = await Promise.all(Array.from({ length: 5 }, () => rows.run('running')));
  const owned = { where: 'project_id = $2', parameters: [tenant.projectId] };
  const read = (at: number) => batchedRow(api.dataSource, Run, runs[at]?.id ?? '', owned);
  const { master: pool } = api.dataSource.driver as unknown as { master: Pool };
  const held = deferred<void>();
  const real = pool.query.bind(pool) as (...args: unknown[]) => Promise<unknown>;
  const statements = vi.fn(async (...args: unknown[]) => {
    if (statements.mock.calls.length <= 2) await held.promise;
    return real(...args);
  });
  Object.assign(pool, { query: statements });
  const asked: Promise<Run | undefined>[] = [];
  for (const at of [0, 1, 2, 3, 4]) {
    asked.push(read(at));
    // Two turns: a statement is sent at the end of one.
    await endOfTurn();
    await endOfTurn();
  }
  expect(statements).toHaveBeenCalledTimes(2);
  await api.dataSource.query(`UPDATE runs SET name = 'changed while it waited' WHERE id = $1`, [runs[4]?.id]);
  held.resolve();
  expect((await Promise.all(asked)).map((run) => run?.id)).toEqual(runs.map(({ id }) => id));
  expect(statements).toHaveBeenCalledTimes(3);
  expect((await asked[4])?.name).toBe('changed while it waited');
  Object.assign(pool, { query: real });
});

test('metrics come as one row per step, those that were asked for', async () => {
  const run = await rows.run('running');
  await rows.steps(run.id, 5);
  const { body } = await tenant.get(
    `/v1/runs/${run.id}/metrics?names=reward/,policy/loss&min_step=2&max_step=4&limit=2`,
  );
  expect(body).toMatchObject({ first_id: '2', last_id: '3', has_more: true });
  expect(body.data[0]).toMatchObject({
    object: 'run.metrics',
    step: 2,
    attempt: 1,
    metrics: { 'reward/mean': 0.2, 'reward/std': 1, 'policy/loss': -2 },
  });
  const one = await tenant.get(`/v1/runs/${run.id}/metrics?names=reward/mean&after=4`);
  const many = Array.from({ length: 50 }, (_, i) => `names=other/${i}`).join('&');
  const few = await tenant.get(`/v1/runs/${run.id}/metrics?after=4&names=reward/mean&${many}`);
  expect(few.body.data).toEqual(one.body.data);
  expect(one.body.data.map(({ metrics }: { metrics: object }) => metrics)).toEqual([{ 'reward/mean': 0.5 }]);
});

test('metrics of which a run that has ended has none are refused, with those that it has', async () => {
  const run = await rows.run('running');
  await rows.steps(run.id, 2);
  const asked = async (names: string, id = run.id) => (await tenant.get(`/v1/runs/${id}/metrics?names=${names}`)).body;
  // They may come yet.
  expect((await asked('eval/reward')).data).toMatchObject([{ metrics: {} }, { metrics: {} }]);
  await api.dataSource.query(`UPDATE runs SET status = 'succeeded' WHERE id = $1`, [run.id]);
  expect((await asked('reward/means')).error).toMatchObject({
    param: 'names',
    message: 'names: the run has no metric reward/means; it has reward/mean, reward/std',
  });
  expect((await asked('rewards/,loss')).error.message).toContain(' rewards/, loss; it has policy/, reward/');
  expect((await asked('eval/reward,policy/')).data).toHaveLength(2);
  expect((await asked('policy/loss&after=2')).data).toEqual([]);
  expect((await asked('reward/means', (await rows.run('failed')).id)).data).toEqual([]);
});

test('a cursor of the list of another run is refused, and one of what is gone is taken', async () => {
  const [run, other] = [await rows.run('running'), await rows.run('running')];
  const { tree, trajectories } = await rows.tree(other.id, 1);
  const checkpoint = await rows.checkpoint(other.id, api.blobs, { 'config.json': '{}' });
  const cursors = { trees: tree.id, trajectories: trajectories[0]!.id, checkpoints: checkpoint.id };
  for (const [list, id] of Object.entries(cursors)) {
    const { status, body } = await tenant.get(`/v1/runs/${run.id}/${list}?after=${id}`);
    expect([status, body.error]).toMatchObject([
      400,
      { param: 'after', message: `after: ${id} is of ${other.id}: give the last_id of a page of ${run.id}` },
    ]);
    expect((await tenant.get(`/v1/runs/${other.id}/${list}?after=${id}`)).status).toBe(200);
    const gone = `${id.split('_')[0]}_${'0'.repeat(26)}`;
    expect((await tenant.get(`/v1/runs/${run.id}/${list}?after=${gone}`)).body.data).toEqual([]);
    const stranger = await api.anotherTenant();
    const theirs = await new ApiRows(api.dataSource, stranger.projectId).run('running');
    expect((await stranger.get(`/v1/runs/${theirs.id}/${list}?after=${id}`)).body.data).toEqual([]);
  }
});

test('updates come with their arrays', async () => {
  const run = await rows.run('running');
  const body = {
    update: 1,
    epoch: 0,
    learning_rate: 1e-6,
    loss_denominator: 4,
    loss: 0.5,
    grad_norm: 1.5,
    trees: [1, 0],
    passes: [{ tokens: 2, dropout_seed: 17 }],
    segments: [{ tree: 1, segment: 3, start: 0, length: 2 }],
  };
  const arrays = {
    advantages: encodeFloat32([0.5, 0.5]),
    oldLogprobs: encodeFloat32([-1, -2]),
    referenceLogprobs: null,
  };
  await insertRow(api.dataSource.manager, RunUpdate, {
    runId: run.id,
    update: 1,
    step: 3,
    attempt: 1,
    body,
    ...arrays,
  });
  const answer = await tenant.get(`/v1/runs/${run.id}/updates?step=3`);
  expect(answer.body.data).toMatchObject([
    {
      object: 'run.update',
      ...body,
      step: 3,
      advantages: [0.5, 0.5],
      old_logprobs: [-1, -2],
      reference_logprobs: null,
      examples: null,
    },
  ]);
  expect((await tenant.get(`/v1/runs/${run.id}/updates?step=4`)).body.data).toEqual([]);
});

test('another project sees no run, and cannot cancel, delete or use anything of it', async () => {
  const run = await rows.run('succeeded');
  const other = await api.anotherTenant('stranger');
  const suffixes = [
    '',
    '/events',
    '/metrics',
    '/updates',
    '/trees',
    '/trajectories',
    '/trajectories/export',
    '/checkpoints',
  ];
  for (const suffix of suffixes) {
    const { status, body } = await other.get(`/v1/runs/${run.id}${suffix}`);
    expect([suffix, status, body.error?.code]).toEqual([suffix, 404, 'not_found']);
  }
  expect((await other.send('POST', `/v1/runs/${run.id}/cancel`)).status).toBe(404);
  expect((await other.delete(`/v1/runs/${run.id}`)).status).toBe(404);
  expect((await other.get('/v1/runs')).body.data).toEqual([]);
});

test('models: random ones are made of this project’s datasets, and not deleted while in use', async () => {
  const { corpus } = await inputs();
  const source = {
    type: 'random',
    architecture: { layers: 1, hidden_size: 32, heads: 4, ffn_size: 64 },
    tokenizer: { train: { dataset: corpus, vocab_size: 512 } },
  };
  const made = await tenant.post('/v1/models', { name: 'tiny', source });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ object: 'model', status: 'processing', source, files: [], parameters: null });
  expect(await api.dataSource.manager.findOneBy(Job, { subjectId: made.body.id })).toMatchObject({
    kind: 'model.create',
  });
  expect((await tenant.delete(`/v1/datasets/${corpus}`)).body.error.code).toBe('dataset_in_use');

  const refused = async (body: object) => (await tenant.post('/v1/models', body)).body.error.problems;
  expect(await refused({ source: { ...source, architecture: { ...source.architecture, heads: 5 } } })).toMatchObject([
    { path: 'source.architecture.heads' },
    { path: 'source.architecture.head_dim' },
  ]);
  expect(
    await refused({ source: { ...source, tokenizer: { train: { dataset: [corpus, 'ds_none'], vocab_size: 512 } } } }),
  ).toEqual([{ path: 'source.tokenizer.train.dataset[1]', message: 'no such dataset: ds_none' }]);

  const run = await rows.run('running', { modelId: made.body.id });
  expect((await tenant.delete(`/v1/models/${made.body.id}`)).body.error).toMatchObject({
    code: 'model_in_use',
    message: expect.stringContaining(run.id),
  });
  await api.dataSource.query(`UPDATE runs SET status = 'failed' WHERE id = $1`, [run.id]);
  await rows.endJob(run.id);
  expect((await tenant.delete(`/v1/models/${made.body.id}`)).body.deleted).toBe(true);
  expect((await tenant.delete(`/v1/datasets/${corpus}`)).body.deleted).toBe(true);
  const other = await api.anotherTenant('modeller');
  const { id } = await rows.model();
  expect((await other.get(`/v1/models/${id}`)).status).toBe(404);
  expect((await other.delete(`/v1/models/${id}`)).status).toBe(404);
});
