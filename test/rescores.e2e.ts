/** Trajectories of a run scored again, through the whole service. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { JudgeServer } from './support/judge-server.js';
import { WholeService } from './support/whole-service.js';

/** What a policy that has learnt nothing writes has a length, if nothing else. */
const reward = { type: 'length_penalty', max: 200, buffer: 200 };

let service: WholeService;
let runId = '';
beforeAll(async () => {
  service = await WholeService.open({ ALLOWED_NETWORKS: '127.0.0.0/8' });
  runId = await trained();
}, 240_000);
afterAll(() => service.close());

async function trained(): Promise<string> {
  const training = { steps: 2, prompts_per_step: 2 };
  const { body } = await service.tenant.post('/v1/runs', service.arpo({ reward, training, evaluation: null }));
  const run = await service.tenant.bough.waitForRun(body.id as string);
  expect(run).toMatchObject({ status: 'succeeded', error: null });
  return run.id;
}

const rescore = (body: object, run = runId) => service.tenant.post(`/v1/runs/${run}/rescore`, body);
const items = async (id: string, query = '') =>
  (await service.tenant.get(`/v1/rescores/${id}/items?limit=100${query}`)).body.data as Item[];

interface Item {
  trajectory_id: string;
  step: number;
  before: number | null;
  after: number | null;
  difference: number | null;
  flags: string[];
}

async function rescored(body: object) {
  const posted = await rescore(body);
  expect(posted).toMatchObject({ status: 201, body: { object: 'rescore', status: 'processing', run_id: runId } });
  const path = `/v1/rescores/${posted.body.id}`;
  await expect
    .poll(async () => (await service.tenant.get(path)).body.status as string, { timeout: 60_000 })
    .not.toBe('processing');
  return (await service.tenant.get(path)).body;
}

test('the same grader gives the same rewards, and the run stays as it is', async () => {
  const before = (await service.tenant.get(`/v1/runs/${runId}/trajectories?limit=100`)).body;
  const { id, comparison, ...rest } = await rescored({ grader: reward });
  expect(rest).toMatchObject({ status: 'ready', error: null, progress: { done: 16, total: 16 } });
  expect(comparison).toMatchObject({
    trajectories: 16,
    compared: 16,
    infra_errors: 0,
    changed: 0,
    raised: 0,
    lowered: 0,
  });
  expect(comparison.after).toEqual(comparison.before);
  expect(comparison.pearson).toBeCloseTo(1, 12);
  expect(comparison.spearman).toBeCloseTo(1, 12);
  const all = await items(id);
  const rewards = before.data.map((one: { id: string; reward: number }) => [one.id, one.reward, one.reward]);
  expect(all.map((one) => [one.trajectory_id, one.before, one.after])).toEqual(rewards);
  expect(await items(id, '&changed=true')).toEqual([]);
  expect((await service.tenant.get(`/v1/runs/${runId}/trajectories?limit=100`)).body).toEqual(before);
  const first = (await service.tenant.get(`/v1/rescores/${id}/items?limit=10`)).body;
  expect(first).toMatchObject({ has_more: true, last_id: all[9]?.trajectory_id });
  expect((await service.tenant.get(`/v1/rescores/${id}/items?after=${first.last_id}`)).body.data).toHaveLength(6);
}, 120_000);

test('another grader gives other rewards, for the steps that are asked for', async () => {
  const grader = { type: 'sum', terms: [{ reward, weight: -1 }], clamp: { max: 0.5 } };
  const { id, comparison, spec } = await rescored({ grader, from_step: 2, to_step: 2, metadata: { why: 'test' } });
  expect(spec).toMatchObject({ from_step: 2, to_step: 2, metadata: { why: 'test' } });
  expect(comparison).toMatchObject({ trajectories: 8, compared: 8, after: { max: expect.any(Number) } });
  expect(comparison.after.max).toBeLessThanOrEqual(0.5);
  expect(comparison.pearson).toBeLessThan(0);
  const changed = await items(id, '&changed=true');
  expect(changed).toHaveLength(comparison.changed);
  for (const { step, before, after, difference } of changed) {
    expect(step).toBe(2);
    expect(difference).toBe((after ?? 0) - (before ?? 0));
  }
  const { body } = await service.tenant.get(`/v1/runs/${runId}/rescores`);
  expect(body.data[0]).toMatchObject({ id, status: 'ready' });
}, 120_000);

test('what a judge could not score is counted and says why', async () => {
  const judge = await JudgeServer.open();
  try {
    let asked = 0;
    judge.reply = () => ((asked += 1) % 2 === 0 ? 'correct' : 'no idea');
    const grader = { type: 'judge', model: 'j', base_url: judge.baseUrl, prompt: '{response}', concurrency: 1 };
    const { id, comparison } = await rescored({ grader, to_step: 1 });
    expect(comparison.infra_errors).toBeGreaterThan(0);
    expect(comparison.compared + comparison.infra_errors).toBe(8);
    const failed = (await items(id)).find(({ after }) => after === null);
    expect(failed).toMatchObject({
      difference: null,
      flags: [expect.stringMatching(/^judge: .*has no verdict.*no idea$/)],
    });
  } finally {
    await judge.close();
  }
}, 120_000);

test('what cannot be scored again is refused, and another project sees nothing of it', async () => {
  expect(await rescore({ grader: reward, from_step: 7 })).toMatchObject({
    status: 422,
    body: { error: { param: 'from_step' } },
  });
  expect(await rescore({ grader: reward, from_step: 2, to_step: 1 })).toMatchObject({
    status: 422,
    body: { error: { param: 'to_step' } },
  });
  expect(await rescore({ grader: { type: 'http', url: 'https://example.com', secret: 'gone' } })).toMatchObject({
    status: 422,
    body: { error: { param: 'grader.secret' } },
  });
  const { id } = await rescored({ grader: reward, to_step: 1 });
  const other = await service.api.anotherTenant();
  expect((await other.get(`/v1/rescores/${id}`)).status).toBe(404);
  expect((await other.get(`/v1/rescores/${id}/items`)).status).toBe(404);
  expect((await other.delete(`/v1/rescores/${id}`)).status).toBe(404);
  expect((await other.post(`/v1/runs/${runId}/rescore`, { grader: reward })).status).toBe(404);
}, 120_000);

test('trajectories that an earlier version stored have no score, and say so', async () => {
  const { dataSource } = service.api;
  await dataSource.query('UPDATE trees SET begun = NULL WHERE run_id = $1 AND step = 2', [runId]);
  const { id, comparison } = await rescored({ grader: reward });
  expect(comparison).toMatchObject({ trajectories: 16, compared: 8, infra_errors: 8 });
  const old = (await items(id)).find(({ step }) => step === 2);
  expect(old?.flags).toEqual([expect.stringMatching(/^an earlier version of the service stored it/)]);
  await dataSource.query(`UPDATE trees SET begun = '' WHERE run_id = $1`, [runId]);
}, 120_000);

test('a rescore that is under way can be deleted, and those of a run go with it', async () => {
  const silent = await JudgeServer.open();
  try {
    silent.answer = () => undefined;
    const grader = { type: 'judge', model: 'j', base_url: silent.baseUrl, timeout_s: 600 };
    const { body } = await rescore({ grader });
    await expect.poll(() => silent.heard.length, { timeout: 30_000 }).toBeGreaterThan(0);
    expect((await service.tenant.delete(`/v1/rescores/${body.id}`)).body).toMatchObject({
      object: 'rescore',
      deleted: true,
    });
    expect((await service.tenant.get(`/v1/rescores/${body.id}`)).status).toBe(404);
    const jobs = () =>
      service.api.dataSource.query<object[]>(`SELECT status FROM jobs WHERE subject_id = $1`, [body.id]);
    await expect.poll(jobs, { timeout: 30_000 }).toEqual([{ status: 'cancelled' }]);
    const { id } = await rescored({ grader: reward });
    expect((await service.tenant.delete(`/v1/runs/${runId}`)).status).toBe(200);
    expect((await service.tenant.get(`/v1/rescores/${id}`)).status).toBe(404);
  } finally {
    await silent.close();
  }
}, 120_000);
