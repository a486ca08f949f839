/** Pausing runs and going on with them, over HTTP, with a worker and the real trainer. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followRun } from '../examples/support/train.js';
import type { RunEvent, Schemas } from '../openapi/client.js';
import type { Tenant } from './support/api-harness.js';
import { ToolServer } from './support/tool-server.js';
import { WholeService } from './support/whole-service.js';

type Run = Schemas['Run'];

let service: WholeService;
let tenant: Tenant;
beforeAll(async () => {
  service = await WholeService.open();
  ({ tenant } = service);
});
afterAll(() => service.close());

async function post(path: string, body?: object): Promise<Run> {
  const answer = await tenant.post(path, body);
  expect([answer.status, answer.body.error?.message]).toEqual([answer.status < 300 ? answer.status : 200, undefined]);
  return answer.body as Run;
}
const start = (extra: object = {}): Promise<Run> => post('/v1/runs', service.arpo({ evaluation: undefined, ...extra }));
const get = async (id: string): Promise<Run> => (await tenant.get(`/v1/runs/${id}`)).body as Run;
const checkpointsOf = async (id: string): Promise<Schemas['Checkpoint'][]> =>
  (await tenant.get(`/v1/runs/${id}/checkpoints?limit=100`)).body.data;

async function until(id: string, what: (run: Run) => boolean): Promise<Run> {
  for (const deadline = Date.now() + 100_000; ;) {
    const run = await get(id);
    if (what(run)) return run;
    if (Date.now() > deadline) throw new Error(`${id} is still ${run.status} after step ${run.progress.step}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Demonstrations have taught it to call the tool in most of its answers. */
async function modelThatCalls(): Promise<string> {
  const messages = [
    { role: 'user', content: '1 + 1' },
    { role: 'assistant', content: '<sum>1 1</sum><answer>\\boxed{2}</answer>' },
  ];
  const { id } = await post('/v1/runs', {
    method: 'sft',
    model: service.model,
    dataset: await service.upload('sft', [{ messages }]),
    training: { steps: 100, batch_size: 8, max_length: 64 },
    optimizer: { learning_rate: 0.01 },
  });
  await tenant.bough.waitForRun(id);
  return (await checkpointsOf(id))[0]!.id;
}

/** The sha256 of the final weights. */
async function weightsOf(id: string): Promise<string | undefined> {
  const final = (await checkpointsOf(id)).find((checkpoint) => checkpoint.final);
  return final?.files.find(({ name }) => name === 'model.safetensors')?.sha256;
}

async function eventsOf(id: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const { body } = await tenant.get(`/v1/runs/${id}/events?limit=100&after=${events.at(-1)?.sequence ?? 0}`);
    events.push(...(body.data as RunEvent[]));
    if (!body.has_more) return events;
  }
}

test('whoever follows a run is told that it is paused', async () => {
  const { id } = await start({ training: { steps: 500, prompts_per_step: 2 } });
  const screen = { say: () => undefined, live: () => undefined };
  const client = { bough: tenant.bough, screen, signal: AbortSignal.timeout(60_000) };
  const followed = followRun(client, 'long', id).catch((error: unknown) => error);
  await until(id, ({ progress }) => progress.step > 0);
  await post(`/v1/runs/${id}/pause`);
  expect(await followed).toMatchObject({ message: expect.stringContaining(`/v1/runs/${id}/resume`) as string });
  await post(`/v1/runs/${id}/cancel`);
});

test('a paused run goes on to the weights of one that was never paused, also from an earlier checkpoint', async () => {
  const spec = { training: { steps: 12, prompts_per_step: 2 }, checkpoint: { every_steps: 4, keep: 10 } };
  const [undisturbed, { id }] = [await start(spec), await start(spec)];
  const waiting = await post(`/v1/runs/${id}/pause`);
  expect(waiting.status).toBe('paused');
  expect((await post(`/v1/runs/${id}/pause`)).status).toBe('paused');
  await tenant.bough.waitForRun(undisturbed.id);
  expect(await get(id)).toMatchObject({ status: 'paused', started_at: null, queue_position: null });

  expect((await post(`/v1/runs/${id}/resume`)).status).toBe('queued');
  await until(id, ({ progress }) => progress.step >= 1);
  expect(['pausing', 'paused']).toContain((await post(`/v1/runs/${id}/pause`)).status);
  const paused = await tenant.bough.waitForRun(id);
  const { step } = paused.progress;
  expect(paused).toMatchObject({ status: 'paused', estimated_finish_at: null, finished_at: null, error: null });
  expect(step).toBeLessThan(12);
  const newest = (await checkpointsOf(id)).map((checkpoint) => checkpoint.step);
  expect(Math.max(...newest)).toBe(step);
  const refused = await tenant.delete(`/v1/datasets/${service.questions}`);
  expect([refused.status, refused.body.error.message]).toEqual([409, expect.stringContaining(id)]);

  await post(`/v1/runs/${id}/resume`, {});
  expect((await tenant.post(`/v1/runs/${id}/resume`, undefined)).body.error).toMatchObject({ code: 'run_not_paused' });
  await until(id, ({ status, progress }) => status === 'running' && progress.step >= Math.max(4, step + 1));
  await post(`/v1/runs/${id}/pause`);
  expect(await tenant.bough.waitForRun(id)).toMatchObject({ status: 'paused' });
  const fourth = (await checkpointsOf(id)).find((checkpoint) => checkpoint.step === 4);
  const elsewhere = (await checkpointsOf(undisturbed.id))[0];
  const wrong = await tenant.post(`/v1/runs/${id}/resume`, { checkpoint_id: elsewhere?.id });
  expect([wrong.status, wrong.body.error.param]).toEqual([422, 'checkpoint_id']);
  expect((await get(id)).status).toBe('paused');
  const { checkpoints_count } = await post(`/v1/runs/${id}/resume`, { checkpoint_id: fourth?.id });
  expect(checkpoints_count).toBe((await checkpointsOf(id)).length);
  expect(await tenant.bough.waitForRun(id)).toMatchObject({ status: 'succeeded', progress: { step: 12 } });

  expect(await weightsOf(id)).toBe(await weightsOf(undisturbed.id));
  const { usage } = await get(undisturbed.id);
  expect((await get(id)).usage).toEqual({ ...usage, wall_time_s: expect.any(Number) });
  const told = (await eventsOf(id)).map(({ type }) => type);
  expect(told.filter((type) => type === 'run.paused')).toHaveLength(3);
  expect(told.slice(-2)).toEqual(['run.checkpoint', 'run.succeeded']);
  expect((await tenant.post(`/v1/runs/${id}/pause`, undefined)).body.error).toMatchObject({
    code: 'run_finished',
    message: `Run ${id} has succeeded and can no longer be paused`,
  });
});

test('a run that no longer improves ends early with its best checkpoint, also when it was paused on the way', async () => {
  const dataset = service.questions;
  const sets = [
    { name: 'few', dataset, limit: 2 },
    { name: 'all', dataset, limit: 6 },
  ];
  const { id } = await start({
    // What learns nothing never improves.
    optimizer: { learning_rate: 0 },
    training: { steps: 50, prompts_per_step: 2 },
    checkpoint: { every_steps: 7, keep: 1 },
    evaluation: { every_steps: 4, sets, best: { set: 'all', metric: 'exact_match', patience: 2 } },
  });
  await until(id, ({ progress }) => progress.step >= 5);
  await post(`/v1/runs/${id}/pause`);
  const paused = await tenant.bough.waitForRun(id);
  expect(paused).toMatchObject({ status: 'paused', ended_early: null, best_checkpoint: { step: 4 } });
  expect(paused.progress.step).toBeLessThan(12);
  await service.restartWorker();
  await post(`/v1/runs/${id}/resume`);
  const ended = await tenant.bough.waitForRun(id);
  const metric = 'eval/all/exact_match';
  const best = (await checkpointsOf(id)).find(({ step }) => step === 4);
  expect(ended).toMatchObject({
    status: 'succeeded',
    progress: { step: 12, steps: 50 },
    best_checkpoint: { id: best?.id, step: 4, metric, value: best?.metrics[metric] },
    ended_early: { reason: 'no_improvement', message: expect.stringContaining('in 2 evaluations') as string },
  });
  expect((await checkpointsOf(id)).map(({ step, final }) => [step, final])).toEqual([
    [12, true],
    [4, false],
  ]);
  const [told] = (await eventsOf(id)).filter(({ type }) => type === 'run.evaluation').slice(-1);
  const metrics = Object.keys(told?.data['metrics'] as object);
  expect(metrics).toEqual(expect.arrayContaining(['eval/few/reward', 'eval/all/reward']));
});

test('a supervised run is paused, and cancelled when it is paused', async () => {
  const training = { steps: 500, batch_size: 2, max_length: 64 };
  const { id } = await post('/v1/runs', {
    method: 'sft',
    model: service.model,
    dataset: service.demonstrations,
    training,
  });
  expect((await tenant.post(`/v1/runs/${id}/resume`, undefined)).body.error).toMatchObject({ code: 'run_not_paused' });
  await until(id, ({ progress }) => progress.step >= 2);
  await post(`/v1/runs/${id}/pause`);
  expect(await tenant.bough.waitForRun(id)).toMatchObject({ status: 'paused', checkpoints_count: 1 });
  expect(await post(`/v1/runs/${id}/cancel`)).toMatchObject({ status: 'cancelled' });
  expect((await tenant.post(`/v1/runs/${id}/resume`, undefined)).body.error).toMatchObject({ code: 'run_not_paused' });
  expect((await tenant.delete(`/v1/runs/${id}`)).status).toBe(200);
});

test('a run that pauses makes room for the next, and is cancelled when somebody wants that after all', async () => {
  const [first, second] = [await start({ training: { steps: 500 } }), await start({ training: { steps: 500 } })];
  await until(first.id, ({ progress }) => progress.step >= 1);
  await post(`/v1/runs/${first.id}/pause`);
  expect(await tenant.bough.waitForRun(first.id)).toMatchObject({ status: 'paused' });
  await until(second.id, ({ progress }) => progress.step >= 1);
  await post(`/v1/runs/${second.id}/pause`);
  expect(['cancelling', 'cancelled']).toContain((await post(`/v1/runs/${second.id}/cancel`)).status);
  expect(await tenant.bough.waitForRun(second.id)).toMatchObject({ status: 'cancelled' });
  await post(`/v1/runs/${first.id}/cancel`);
});

test('a run whose tool does not work is paused with the reason, and goes on when it does', async () => {
  await service.restartWorker({ ALLOWED_NETWORKS: '127.0.0.0/8' });
  const server = await ToolServer.open();
  let isBroken = true;
  server.answer = (_, response) => {
    response.statusCode = isBroken ? 500 : 200;
    response.end('2');
  };
  try {
    const model = await modelThatCalls();
    const tool = { type: 'http', name: 'sum', description: 'Adds.', url: server.url };
    const parameters = { type: 'object', properties: { terms: { type: 'string' } }, required: ['terms'] };
    const { id } = await start({
      model,
      tools: [{ ...tool, parameters }],
      rollout: { group_size: 2, max_response_tokens: 100 },
    });
    const paused = await tenant.bough.waitForRun(id);
    expect(paused).toMatchObject({ status: 'paused', error: null });
    const told = (await eventsOf(id)).find(({ type }) => type === 'run.paused');
    expect(told).toMatchObject({ level: 'error', data: { reason: 'too_many_infra_errors' } });
    expect(told?.message).toMatch(/of the trajectories of step 1 could not be scored.*resume it when this is mended$/);
    isBroken = false;
    await post(`/v1/runs/${id}/resume`);
    expect(await tenant.bough.waitForRun(id)).toMatchObject({ status: 'succeeded', progress: { step: 4 } });
  } finally {
    await server.close();
  }
});
