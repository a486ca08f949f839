/** What an operator's key may do: projects, their keys, and disabling them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../src/modules/keys/create-key.js';
import { importDataset } from '../src/store/datasets/import-dataset.js';
import { applyRetention } from '../src/modules/maintenance/apply-retention.js';
import { sweepBlobs } from '../src/store/blobs/sweep-blobs.js';
import { appendEvent } from '../src/store/events.js';
import { Checkpoint } from '../src/store/entities/checkpoint.entity.js';
import { Run } from '../src/store/entities/run.entity.js';
import { noteBestCheckpoint } from '../src/store/best-checkpoint.js';
import { evaluationOf, resolveRunSpec } from '../src/spec/run-spec.js';
import type { RunStatus } from '../src/spec/enums.js';
import { claimJob, type ClaimedJob } from '../src/store/jobs.js';
import { recordUsage } from '../src/store/usage.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

let api: ApiHarness;
let tenant: Tenant;
let operator: { authorization: string };
beforeAll(async () => {
  api = await ApiHarness.open();
  ({ tenant } = api);
  const names = { projectName: 'operations', keyName: 'operator' };
  operator = bearer((await createKey(api.dataSource, { ...names, scopes: ['operator'] })).key);
});
afterAll(() => api.close());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

async function project(name: string): Promise<{ id: string; headers: { authorization: string } }> {
  const made = await tenant.post('/v1/projects', { name }, operator);
  expect(made.status).toBe(201);
  const { body } = await tenant.post(`/v1/projects/${made.body.id}/keys`, { name: 'first' }, operator);
  return { id: made.body.id, headers: bearer(body.key) };
}

const claim = (): Promise<ClaimedJob | null> =>
  claimJob(api.dataSource.manager, { lane: 'train', workerId: 'a', leaseS: 30, accelerators: ['auto', 'cpu'] });

test('an operator makes a project, a key for it, and finds it in the list', async () => {
  const { status, body } = await tenant.post('/v1/projects', { name: 'team' }, operator);
  expect([status, body]).toEqual([
    201,
    {
      id: expect.stringMatching(/^proj_/),
      object: 'project',
      created_at: body.created_at,
      name: 'team',
      limits: {
        requests_per_minute: null,
        active_runs: null,
        sampled_tokens_per_day: null,
        stored_bytes: null,
        dataset_rows: null,
      },
      retention: { trajectories_days: null, events_days: null, checkpoints_days: null, checkpoints_per_run: null },
      disabled_at: null,
    },
  ]);
  const { body: key } = await tenant.post(`/v1/projects/${body.id}/keys`, { name: 'first' }, operator);
  expect(key.scopes).toEqual(['read', 'write', 'admin']);
  expect((await tenant.get('/v1/keys', bearer(key.key))).body.data).toMatchObject([{ id: key.id, name: 'first' }]);
  expect((await tenant.get(`/v1/projects/${body.id}`, operator)).body).toEqual(body);
  const { body: listed } = await tenant.get('/v1/projects?limit=1', operator);
  expect([listed.data, listed.has_more]).toEqual([[body], true]);

  const again = await tenant.post('/v1/projects', { name: 'team' }, operator);
  expect([again.status, again.body.error.code, again.body.error.param]).toEqual([409, 'project_name_taken', 'name']);
  const none = await tenant.post('/v1/projects/proj_none/keys', { name: 'first' }, operator);
  expect([none.status, none.body.error.message]).toEqual([404, 'No such project: proj_none']);
});

test('the key of a project may do nothing with projects, its own included', async () => {
  const { projectId } = tenant;
  const answers = [
    await tenant.get('/v1/projects'),
    await tenant.get(`/v1/projects/${projectId}`),
    await tenant.post('/v1/projects', { name: 'mine' }),
    await tenant.post(`/v1/projects/${projectId}/keys`, { name: 'mine' }),
    await tenant.post(`/v1/projects/${projectId}/disable`, {}),
    await tenant.post('/v1/keys', { name: 'mine', scopes: ['operator'] }),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
  // Nor has an operator's key a way into a project but through a key of it.
  expect((await tenant.get('/v1/runs', operator)).status).toBe(403);
});

test('the keys of a disabled project are refused at once, and its work is left until it is enabled', async () => {
  const { id, headers } = await project('debtors');
  const rows = new ApiRows(api.dataSource, id);
  const running = await rows.run('queued');
  const held = await claim();
  expect(held?.subjectId).toBe(running.id);
  const queued = await rows.run('queued');
  expect((await tenant.get('/v1/runs', headers)).status).toBe(200);

  const disabled = await tenant.send('POST', `/v1/projects/${id}/disable`, undefined, operator);
  expect([disabled.status, disabled.body.disabled_at]).toEqual([200, expect.any(Number)]);
  const refused = await tenant.get('/v1/runs', headers);
  expect([refused.status, refused.body.error.type, refused.body.error.code]).toEqual([
    403,
    'permission_error',
    'project_disabled',
  ]);
  expect(await claim()).toBeNull();
  const asked = await api.dataSource.query('SELECT pause_requested FROM jobs WHERE subject_id = $1', [running.id]);
  expect(asked).toEqual([{ pause_requested: true }]);
  const other = await new ApiRows(api.dataSource, tenant.projectId).run('queued');
  expect((await claim())?.subjectId).toBe(other.id);

  await tenant.send('POST', `/v1/projects/${id}/disable`, undefined, operator);
  const { body: still } = await tenant.get(`/v1/projects/${id}`, operator);
  expect(still.disabled_at).toBe(disabled.body.disabled_at);

  expect((await tenant.send('POST', `/v1/projects/${id}/enable`, undefined, operator)).body.disabled_at).toBeNull();
  expect((await tenant.get('/v1/runs', headers)).status).toBe(200);
  expect((await claim())?.subjectId).toBe(queued.id);
  expect(await api.dataSource.manager.countBy(Run, { projectId: id })).toBe(2);
});

test('an operator’s key does not disable its own project, which would lock it out', async () => {
  const [{ id }] = await api.dataSource.query(`SELECT id FROM projects WHERE name = 'operations'`);
  const { status, body } = await tenant.send('POST', `/v1/projects/${id}/disable`, undefined, operator);
  expect([status, body.error.code]).toEqual([409, 'project_of_this_key']);
  expect((await tenant.get('/v1/projects', operator)).status).toBe(200);
});

const limit = (id: string, limits: object) => tenant.post(`/v1/projects/${id}`, { limits }, operator);

const retain = (id: string, retention: object) => tenant.post(`/v1/projects/${id}`, { retention }, operator);
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

test('what a project keeps for a time is deleted of its ended runs, and of no other', async () => {
  const { id, headers } = await project('forgetful');
  const rows = new ApiRows(api.dataSource, id);
  const { manager } = api.dataSource;
  const write = async (status: RunStatus, finishedAt: Date | null, of = rows) => {
    const run = await of.run(status, { finishedAt });
    await of.tree(run.id, 1);
    await of.tree(run.id, 2);
    await of.steps(run.id, 2);
    await manager.transaction(async (within) => {
      await appendEvent(within, run.id, { level: 'info', type: 'run.succeeded', message: 'The run has ended' });
    });
    await of.checkpoint(run.id, api.blobs, { shared: 'the same', own: run.id }, { final: true });
    return run.id;
  };
  const old = await write('succeeded', daysAgo(8));
  const recent = await write('failed', daysAgo(6));
  const paused = await write('paused', null);
  const other = await write('succeeded', daysAgo(100), new ApiRows(api.dataSource, tenant.projectId));
  const left = async () =>
    Promise.all(
      ['trees', 'run_events', 'run_steps'].map(async (table) => {
        const counted = await api.dataSource.query<{ n: number }[]>(
          `SELECT count(*)::int AS n FROM ${table} WHERE run_id = ANY($1) GROUP BY run_id ORDER BY run_id`,
          [[old, recent, paused, other]],
        );
        return counted.map(({ n }) => n);
      }),
    );
  const all = [Array(4).fill(2), Array(4).fill(1), Array(4).fill(2)];
  expect(await applyRetention(api.dataSource)).toBe(0);
  expect(await left()).toEqual(all);

  const { status, body } = await retain(id, { trajectories_days: 7, events_days: 7, checkpoints_days: 7 });
  const retention = { trajectories_days: 7, events_days: 7, checkpoints_days: 7, checkpoints_per_run: null };
  expect([status, body.retention, body.limits.active_runs]).toEqual([200, retention, null]);
  expect((await tenant.get('/v1/usage', headers)).body.retention).toEqual(retention);
  // One that a queued run starts from stays, and so do the trajectories of a run that is being scored again.
  const [used] = await manager.findBy(Checkpoint, { runId: old });
  const user = await rows.run('queued', { modelId: used!.id });
  const rescore = await rows.rescore(old);
  expect(await applyRetention(api.dataSource)).toBe(1);
  expect(await left()).toEqual([Array(4).fill(2), Array(3).fill(1), Array(4).fill(2)]);
  const checkpointsOf = async (run: string) => (await tenant.get(`/v1/runs/${run}/checkpoints`, headers)).body.data;
  expect(await checkpointsOf(old)).toHaveLength(1);

  await rows.endJob(user.id);
  await rows.endJob(rescore);
  expect(await applyRetention(api.dataSource)).toBe(1);
  expect(await left()).toEqual([Array(3).fill(2), Array(3).fill(1), Array(4).fill(2)]);
  expect(await checkpointsOf(old)).toEqual([]);
  expect(await checkpointsOf(recent)).toHaveLength(1);
  expect(await checkpointsOf(paused)).toHaveLength(1);
  expect(await applyRetention(api.dataSource)).toBe(0);

  // The run itself can be read, with its metrics, and an event stream of it ends.
  const { body: run } = await tenant.get(`/v1/runs/${old}`, headers);
  expect(run).toMatchObject({ status: 'succeeded', checkpoints_count: 0 });
  expect((await tenant.get(`/v1/runs/${old}/trajectories`, headers)).body.data).toEqual([]);
  const events = await tenant.get(`/v1/runs/${old}/events`, { ...headers, accept: 'text/event-stream' });
  expect([events.status, events.body]).toEqual([200, expect.not.stringContaining('data:')]);
  // Bytes go with their last user.
  const shared = used!.files.find(({ name }) => name === 'shared')!;
  const own = used!.files.find(({ name }) => name === 'own')!;
  await sweepBlobs(manager, api.blobs, -1000);
  expect([await api.blobs.has(shared.sha256), await api.blobs.has(own.sha256)]).toEqual([true, false]);
});

test('of an ended run the newest checkpoints are kept, the final and the best one', async () => {
  const { id, headers } = await project('thrifty');
  const rows = new ApiRows(api.dataSource, id);
  const make = async (status: RunStatus) => {
    const ids = { model: (await rows.model()).id, dataset: (await rows.dataset()).id };
    const evaluation = { dataset: ids.dataset, best: { metric: 'reward' as const } };
    const spec = resolveRunSpec({ method: 'arpo', ...ids, evaluation });
    const run = await rows.run(status, { spec, finishedAt: status === 'succeeded' ? new Date() : null });
    for (const step of [1, 2, 3, 4, 5]) {
      const metrics = { [`eval/${evaluationOf(spec)!.best!.set}/reward`]: step === 2 ? 1 : 0 };
      await rows.checkpoint(run.id, api.blobs, {}, { step, metrics, bestStep: 2, final: step === 1 });
    }
    await noteBestCheckpoint(api.dataSource.manager, run.id);
    return run.id;
  };
  const [over, running] = [await make('succeeded'), await make('running')];
  await retain(id, { checkpoints_per_run: 2 });
  await applyRetention(api.dataSource);
  const steps = async (run: string) => {
    const { data } = (await tenant.get(`/v1/runs/${run}/checkpoints?order=asc`, headers)).body;
    return (data as { step: number }[]).map(({ step }) => step).sort((a, b) => a - b);
  };
  expect([await steps(over), await steps(running)]).toEqual([
    [1, 2, 4, 5],
    [1, 2, 3, 4, 5],
  ]);
  const { body } = await tenant.get(`/v1/runs/${over}`, headers);
  expect(body).toMatchObject({ checkpoints_count: 4, best_checkpoint: { step: 2 } });

  // What is taken away is kept again.
  expect((await retain(id, { checkpoints_per_run: null })).body.retention.checkpoints_per_run).toBeNull();
});

test.each([
  [{ trajectories_days: 0 }, 'retention.trajectories_days'],
  [{ events_days: 1.5 }, 'retention.events_days'],
  [{ checkpoints_per_run: 'all' }, 'retention.checkpoints_per_run'],
  [{ models_days: 3 }, 'retention.models_days'],
  [null, 'retention'],
])('the retention %j is refused', async (retention, param) => {
  const { id } = await project(`refused ${JSON.stringify(retention)}`);
  const { status, body } = await retain(id, retention as object);
  expect([status, body.error.param]).toEqual([400, param]);
});

test('a key may send as many requests a minute as its project may, and is told how many are left', async () => {
  const { id, headers } = await project('busy');
  expect((await tenant.get('/v1/usage', headers)).headers.get('ratelimit')).toBeNull();
  const { status, body } = await limit(id, { requests_per_minute: 3 });
  expect([status, body.limits]).toMatchObject([200, { requests_per_minute: 3, active_runs: null }]);

  const answers = [];
  for (let i = 0; i < 4; i++) answers.push(await tenant.get('/v1/usage', headers));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 429]);
  expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
  expect(answers.map((answer) => answer.headers.get('ratelimit')?.slice(0, 9))).toEqual(
    [2, 1, 0, 0].map((left) => `"key";r=${left}`),
  );
  const refused = answers[3]!;
  const wait = Number(refused.headers.get('retry-after'));
  expect(wait > 0 && wait <= 20).toBe(true);
  expect(refused.body.error).toMatchObject({ type: 'rate_limit_error', code: 'rate_limited', param: null });
  expect(refused.body.error.message).toBe(
    `A key of this project may send 3 requests per minute: try again in ${wait} s`,
  );
  // Another key has a bucket of its own, and without a limit there is none.
  const { body: second } = await tenant.post(`/v1/projects/${id}/keys`, { name: 'second' }, operator);
  expect((await tenant.get('/v1/usage', bearer(second.key))).status).toBe(200);
  // It fills again with time: at this pace within a tenth of a second.
  await limit(id, { requests_per_minute: 600 });
  await expect.poll(async () => (await tenant.get('/v1/usage', headers)).status).toBe(200);
  await limit(id, { requests_per_minute: null });
  expect((await tenant.get('/v1/usage', headers)).headers.get('ratelimit')).toBeNull();
});

test('what a project stores is limited, and what it uses is told', async () => {
  const { id, headers } = await project('hoarders');
  const upload = (rows: number) => {
    const form = new FormData();
    form.set('kind', 'rl');
    const lines = Array.from({ length: rows }, (_, i) => JSON.stringify({ question: `Q${i}?`, answer: 'A' }));
    form.set('file', new Blob([lines.join('\n')]), 'questions.jsonl');
    return tenant.send('POST', '/v1/datasets', form, headers);
  };
  const small = await upload(2);
  expect(small.status).toBe(201);
  await limit(id, { stored_bytes: 500 });
  const refused = await upload(40);
  expect([refused.status, refused.body.error.code]).toEqual([403, 'quota_reached']);
  expect(refused.body.error.message).toMatch(/^The project has \d+ bytes stored and may have 500: delete datasets/);
  const { body: usage } = await tenant.get('/v1/usage', headers);
  expect(usage).toMatchObject({ stored_bytes: small.body.size_bytes, days: [], limits: { stored_bytes: 500 } });
  expect((await tenant.get(`/v1/projects/${id}/usage`, operator)).body).toEqual(usage);

  await limit(id, { stored_bytes: null, dataset_rows: 10 });
  const { body: dataset } = await upload(12);
  await importDataset(dataset.id, { dataSource: api.dataSource, blobs: api.blobs });
  const { body: failed } = await tenant.get(`/v1/datasets/${dataset.id}`, headers);
  expect([failed.status, failed.num_examples]).toEqual(['failed', 10]);
  expect(failed.error.message).toContain('it has more rows than the 10 that the project may still have of 10');
  const full = await upload(1);
  expect([full.status, full.body.error.code]).toEqual([403, 'quota_reached']);
  await tenant.send('DELETE', `/v1/datasets/${dataset.id}`, undefined, headers);
  expect((await upload(1)).status).toBe(201);
});

test('use is added up day by day', async () => {
  const { id, headers } = await project('busy bees');
  const counts = { prompt_tokens: 1, sampled_tokens: 10, trained_tokens: 5, tool_calls: 2, wall_time_s: 1.5 };
  await recordUsage(api.dataSource.manager, id, counts);
  await recordUsage(api.dataSource.manager, id, counts);
  const today = new Date().toISOString().slice(0, 10);
  const twice = { prompt_tokens: 2, sampled_tokens: 20, trained_tokens: 10, tool_calls: 4, wall_time_s: 3 };
  const { body } = await tenant.get('/v1/usage', headers);
  expect([body.total, body.days]).toEqual([twice, [{ day: today, ...twice }]]);
  const { body: before } = await tenant.get('/v1/usage?from=2020-01-01&to=2020-12-31', headers);
  expect([before.total.sampled_tokens, before.days]).toEqual([0, []]);
  for (const query of [
    'from=2020-01-01',
    'from=2020-02-30',
    'from=2030-01-01&to=2029-01-01',
    'to=0000-01-01',
    'day=1',
  ]) {
    const { status, body: refused } = await tenant.get(`/v1/usage?${query}`, headers);
    expect([query, status, refused.error.param]).toEqual([query, 400, query.split('=')[0]]);
  }
});
