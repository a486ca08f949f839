/** Runs that are told to MLflow and to Trackio, with real servers of theirs, the real trainer and the whole service. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pinnedPython } from '../bench/harness/python.js';
import { RunIntegration } from '../src/store/entities/run-integration.entity.js';
import type { Tenant } from './support/api-harness.js';
import { TrackerServer } from './support/tracker-servers.js';
import { WandbServer } from './support/wandb-server.js';
import { WholeService } from './support/whole-service.js';

const requirements = join(import.meta.dirname, 'trackers', 'requirements.txt');
/** MLflow and what it needs take most of a gigabyte, and minutes to install. */
const isAsked = process.env['TRACKERS'] === '1';
const REASON = 'it makes a Python environment of 900 MB: ask for it with TRACKERS=1';
const TOKEN = 'a-write-token-of-trackio';

let service: WholeService;
let tenant: Tenant;
let mlflow: TrackerServer;
let trackio: TrackerServer;

beforeAll(async () => {
  if (!isAsked) return;
  const interpreter = await pinnedPython(requirements, console.log);
  const env = { ALLOWED_NETWORKS: '127.0.0.0/8', BOUGH_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64') };
  [service, mlflow, trackio] = await Promise.all([
    WholeService.open(env),
    TrackerServer.mlflow(interpreter),
    TrackerServer.trackio(interpreter, TOKEN),
  ]);
  ({ tenant } = service);
  await tenant.post('/v1/secrets', { name: 'trackio', value: TOKEN });
}, 900_000);
afterAll(() => Promise.all([service?.close(), mlflow?.stop(), trackio?.stop()]));

async function ask<T>(url: string, body?: object): Promise<T> {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const response = await fetch(url, init);
  expect([url, response.status]).toEqual([url, 200]);
  return response.json() as Promise<T>;
}

const integrationsOf = async (run: string) => (await tenant.get(`/v1/runs/${run}/integrations`)).body.data;
async function untilDone(run: string): Promise<void> {
  const states = async () =>
    (await integrationsOf(run)).map(({ status, error }: RunIntegration) => [status, error] as const);
  await expect.poll(states, { timeout: 30_000 }).toEqual([
    ['done', null],
    ['done', null],
  ]);
}

interface MlflowRun {
  info: { run_id: string; status: string; run_name: string };
  data: { params: { key: string; value: string }[] };
}

test('a run is told to both, once, with its metrics, its spec and a sample of its trajectories', async ({ skip }) => {
  if (!isAsked) skip(REASON);
  const trajectories = { every_steps: 2, count: 3 };
  const { body } = await tenant.post(
    '/v1/runs',
    service.arpo({
      name: 'sums',
      evaluation: undefined,
      training: { steps: 4, prompts_per_step: 2 },
      integrations: [
        { type: 'mlflow', url: mlflow.url, experiment: 'tests', trajectories },
        { type: 'trackio', url: trackio.url, project: 'tests', secret: 'trackio', trajectories },
      ],
    }),
  );
  const run = await tenant.bough.waitForRun(body.id as string);
  expect([run.status, run.error]).toEqual(['succeeded', null]);
  await untilDone(run.id);

  const { data: steps } = (await tenant.get(`/v1/runs/${run.id}/metrics?limit=100`)).body as {
    data: { step: number; metrics: Record<string, number> }[];
  };
  const names = [...new Set(steps.flatMap(({ metrics }) => Object.keys(metrics)))];
  expect(names).toContain('reward/mean');
  const api = `${mlflow.url}/api/2.0/mlflow`;
  const all = async () => {
    const { experiment } = await ask<{ experiment: { experiment_id: string } }>(
      `${api}/experiments/get-by-name?experiment_name=tests`,
    );
    const search = { experiment_ids: [experiment.experiment_id] };
    const { runs } = await ask<{ runs: MlflowRun[] }>(`${api}/runs/search`, search);
    const [found] = runs;
    const histories = await Promise.all(
      names.map(async (name) => {
        const query = new URLSearchParams({ run_id: found!.info.run_id, metric_key: name });
        const { metrics = [] } = await ask<{ metrics?: { step: string; value: number }[] }>(
          `${api}/metrics/get-history?${query.toString()}`,
        );
        return [name, metrics.map(({ step, value }) => [Number(step), value]).sort(([a], [b]) => a! - b!)];
      }),
    );
    const logs = await ask<{ data: Record<string, unknown>[] }>(`${trackio.url}/api/get_logs`, {
      args: [],
      kwargs: { project: 'tests', run: 'sums' },
    });
    return { runs, histories, logs: logs.data };
  };
  const told = await all();
  expect(told.runs).toHaveLength(1);
  expect(told.runs[0]!.info).toMatchObject({ run_name: 'sums', status: 'FINISHED' });
  const params = Object.fromEntries(told.runs[0]!.data.params.map(({ key, value }) => [key, value]));
  expect(params).toMatchObject({ method: 'arpo', model: service.model, 'training.steps': '4' });
  const expected = names.map((name) => [
    name,
    steps.flatMap(({ step, metrics }) => (name in metrics ? [[step, metrics[name]]] : [])),
  ]);
  expect(told.histories).toEqual(expected);
  expect(told.logs.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  told.logs.forEach((log, i) => expect(log).toMatchObject(steps[i]!.metrics));

  // The samples are those that the API has.
  const [{ external }] = await integrationsOf(run.id);
  const folder = external.artifact_uri.replace('mlflow-artifacts:/', '');
  const table = await ask<{ columns: string[]; data: unknown[][] }>(
    `${mlflow.url}/api/2.0/mlflow-artifacts/artifacts/${folder}/trajectories/step-0000004.json`,
  );
  expect(table.data).toHaveLength(3);
  const row = Object.fromEntries(table.columns.map((name, i) => [name, table.data[0]![i]]));
  const { body: trajectory } = await tenant.get(`/v1/trajectories/${row['trajectory'] as string}`);
  expect(row).toMatchObject({ step: 4, reward: trajectory.reward, finish_reason: trajectory.finish_reason });
  expect(row['prompt']).toContain(' + ');
  const sampled = told.logs.map(
    (log) => (log['trajectories'] as Record<string, unknown[]> | undefined)?.['_value']?.length,
  );
  expect(sampled).toEqual([undefined, 3, undefined, 3]);

  // A process that died after it had sent everything, and before it noted anything: all is sent again, and counts once.
  const again = { step: 0, external: {}, status: 'sending' as const };
  await service.api.dataSource.manager.update(RunIntegration, { runId: run.id }, again);
  await untilDone(run.id);
  expect((await integrationsOf(run.id)).map(({ step }: RunIntegration) => step)).toEqual([4, 4]);
  expect(await all()).toEqual(told);
});

test('a server that refuses its key, or is no such server, fails no run: an event says so, without the key', async ({
  skip,
}) => {
  if (!isAsked) skip(REASON);
  const wrong = 'a-secret-of-somebody-else';
  await tenant.post('/v1/secrets', { name: 'wrong', value: wrong });
  const { body } = await tenant.post(
    '/v1/runs',
    service.arpo({
      evaluation: undefined,
      training: { steps: 2, prompts_per_step: 1 },
      integrations: [
        { type: 'mlflow', url: trackio.url, secret: 'wrong' },
        { type: 'trackio', url: trackio.url, secret: 'wrong' },
      ],
    }),
  );
  expect((await tenant.bough.waitForRun(body.id as string)).status).toBe('succeeded');
  const failures = async () => {
    const { data } = (await tenant.get(`/v1/runs/${body.id}/events?limit=100`)).body;
    return (data as { level: string; message: string }[]).filter(({ message }) => message.startsWith('integrations'));
  };
  await expect.poll(async () => (await failures()).length, { timeout: 15_000 }).toBe(2);
  const messages = (await failures()).map(({ message }) => message).sort();
  expect(messages[0]).toMatch(
    /^integrations\.0 \(mlflow\) cannot be told of what comes after step 0: 127\.0\.0\.1:\d+ answered \d+/,
  );
  expect(messages[1]).toMatch(/^integrations\.1 \(trackio\) .* write_token .*The run goes on, and it is tried again$/s);
  expect(messages.join()).not.toContain(wrong);
  expect(await integrationsOf(body.id)).toMatchObject([
    { status: 'sending', step: 0, error: expect.any(String) },
    { status: 'sending', step: 0, error: expect.any(String) },
  ]);
});

/** Logs a run as people do. */
const WANDB_RUN = `
import wandb
settings = wandb.Settings(console="off", x_disable_stats=True)
run = wandb.init(project="sums", name="two", id="own-1", config={"method": "arpo", "training": {"steps": 2}}, settings=settings)
for step in (1, 2):
    run.log({"reward/mean": step / 2}, step=step)
run.finish()
`;

test("the server in the form of Weights & Biases takes a run of its own client, which then looks as Bough's do", async ({
  skip,
}) => {
  if (!isAsked) skip(REASON);
  const interpreter = await pinnedPython(join(import.meta.dirname, 'trackers', 'wandb.txt'), console.log);
  const key = '0123456789abcdef0123456789abcdef01234567';
  const server = await new WandbServer(key).listen();
  const folder = await mkdtemp(join(tmpdir(), 'bough-wandb-'));
  try {
    const child = spawn(interpreter, ['-c', WANDB_RUN], {
      env: { ...process.env, WANDB_BASE_URL: server.url, WANDB_API_KEY: key, WANDB_DIR: folder, HOME: folder },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 90_000,
    });
    const [code] = (await once(child, 'close')) as [number | null];
    expect(code).toBe(0);
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
  const run = server.runs.get('own-1');
  expect(run).toMatchObject({ project: 'sums', displayName: 'two', exitCode: 0 });
  expect(run?.config).toMatchObject({ method: { value: 'arpo' }, training: { value: { steps: 2 } } });
  const line = (step: number) => ({
    'reward/mean': step / 2,
    _step: step,
    _timestamp: expect.any(Number),
    _runtime: expect.any(Number),
  });
  expect(run?.history).toEqual([line(1), line(2)]);
  expect(run?.summary).toMatchObject(line(2));
});
