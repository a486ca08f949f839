/** What is read by HTTP of runs and evaluations that a worker with the real trainer has carried out. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { In } from 'typeorm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Evaluation, RunEvent, RunSpec, Schemas } from '../openapi/client.js';
import { loadConfig } from '../src/config/config.js';
import { RunIntegration } from '../src/store/entities/run-integration.entity.js';
import { Job } from '../src/store/entities/job.entity.js';
import type { Tenant } from './support/api-harness.js';
import { ToolServer } from './support/tool-server.js';
import { SmallDisk } from './support/small-disk.js';
import { writeTinyModel } from './support/tiny-model.js';
import { WandbServer } from './support/wandb-server.js';
import { solvedSums, WholeService } from './support/whole-service.js';

let service: WholeService;
let tenant: Tenant;
beforeAll(async () => {
  service = await WholeService.open({
    ALLOWED_NETWORKS: '127.0.0.0/8',
    BOUGH_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
  });
  ({ tenant } = service);
});
afterAll(() => service.close());

async function runToEnd(spec: RunSpec): Promise<Schemas['Run']> {
  const { status, body } = await tenant.post('/v1/runs', spec);
  expect([status, body.error?.message]).toEqual([201, undefined]);
  return tenant.bough.waitForRun(body.id);
}

async function evaluate(spec: object): Promise<Evaluation> {
  const { status, body } = await tenant.post('/v1/evaluations', spec);
  expect([status, body.error?.message]).toEqual([201, undefined]);
  return tenant.bough.waitForEvaluation(body.id);
}

const checkpointOf = async (runId: string): Promise<string> =>
  (await tenant.get(`/v1/runs/${runId}/checkpoints`)).body.data[0].id;

test('a step in the middle of which a budget has ended the run can be read, and says that it was not finished', async () => {
  const budget = { sampled_tokens: 250 };
  const run = await runToEnd(service.arpo({ evaluation: undefined, budget }));
  expect(run).toMatchObject({ status: 'succeeded', usage: { sampled_tokens: 250 } });
  const finished = run.progress.step;
  expect(finished).toBeLessThan(4);

  const trees = (await tenant.get(`/v1/runs/${run.id}/trees?limit=100`)).body.data as Schemas['TreeSummary'][];
  const steps = trees.map(({ step, step_finished }) => [step, step_finished]);
  expect(new Set(steps.map(([step]) => step))).toEqual(new Set(Array.from({ length: finished + 1 }, (_, i) => i + 1)));
  for (const [step, isFinished] of steps) expect([step, isFinished]).toEqual([step, Number(step) <= finished]);

  const path = `/v1/runs/${run.id}/trajectories?step=${finished + 1}&limit=100`;
  const trajectories = (await tenant.get(path)).body.data as Schemas['TrajectorySummary'][];
  const cut = trajectories.filter(({ finish_reason }) => finish_reason === 'unfinished');
  expect(cut.length).toBeGreaterThan(0);
  expect(trajectories.every(({ advantage }) => advantage === null)).toBe(true);
  const { body: whole } = await tenant.get(`/v1/trajectories/${cut[0]?.id}`);
  expect(whole).toMatchObject({ finish_reason: 'unfinished', reward_status: 'masked' });
  expect(whole.token_ids).toHaveLength(whole.num_tokens);
  expect((await tenant.get(`/v1/trees/${cut[0]?.tree_id}`)).body.step_finished).toBe(false);

  const { data } = (await tenant.get(`/v1/runs/${run.id}/events?limit=100`)).body as { data: RunEvent[] };
  expect(data.filter(({ level }) => level === 'warn').map(({ type, message }) => [type, message])).toEqual([
    ['run.log', expect.stringMatching(`^Step ${finished + 1} was not finished: its \\d+ sampled tokens`)],
    ['run.budget_reached', expect.stringContaining('The budget of 250 sampled_tokens is used up')],
  ]);
});

test('a model calls its tools between tags that the spec names, in training and where it is evaluated', async () => {
  const prompt = { tag_names: { python: 'code', result: 'interpreter' } };
  const demonstrations = await service.upload('sft', solvedSums);
  const coldStart = await runToEnd({
    method: 'sft',
    model: service.model,
    dataset: demonstrations,
    prompt,
    training: { steps: 60, max_length: 64 },
    optimizer: { learning_rate: 0.01 },
  });
  expect(coldStart).toMatchObject({ status: 'succeeded', error: null });
  const start = await checkpointOf(coldStart.id);
  const run = await runToEnd(
    service.arpo({
      model: start,
      prompt,
      rollout: { group_size: 4, initial: 2, max_response_tokens: 100 },
      evaluation: undefined,
      training: { steps: 1, prompts_per_step: 2 },
    }),
  );
  expect(run).toMatchObject({ status: 'succeeded', error: null });
  const evaluation = await evaluate({ checkpoint: await checkpointOf(run.id), dataset: service.questions, limit: 4 });
  expect(evaluation.spec.prompt).toMatchObject(prompt);
  for (const path of [`runs/${run.id}/trajectories`, `evaluations/${evaluation.id}/items`]) {
    const { data } = (await tenant.get(`/v1/${path}?limit=100`)).body as { data: { tool_calls?: number }[] };
    expect(JSON.stringify(data)).not.toContain('<python>');
  }
  const { body: trees } = await tenant.get(`/v1/runs/${run.id}/trees?limit=1`);
  const { segments } = (await tenant.get(`/v1/trees/${trees.data[0].id}`)).body as Schemas['Tree'];
  const texts = segments.map(({ kind, text }) => `${kind} ${text}`);
  expect(texts).toContainEqual(expect.stringMatching(/^model <code>print\(.*<\/code>$/));
  expect(texts).toContainEqual(expect.stringMatching(/^tool <interpreter>\n\d+\n<\/interpreter>$/));
  const refused = await tenant.post('/v1/runs', service.arpo({ prompt: { tag_names: { pyton: 'code' } } }));
  expect(refused.body.error).toMatchObject({ param: 'prompt.tag_names' });
});

test('a model summarises itself the pages that it finds, with its present weights, and a cache has the pages', async () => {
  const searches = solvedSums.map(({ messages: [question, , result, answer] }) => ({
    messages: [question, { role: 'assistant', content: '<search>sum</search>' }, result, answer],
  }));
  const coldStart = await runToEnd({
    method: 'sft',
    model: service.model,
    dataset: await service.upload('sft', searches),
    training: { steps: 60, max_length: 64 },
    optimizer: { learning_rate: 0.01 },
  });
  const start = await checkpointOf(coldStart.id);
  const server = await ToolServer.open();
  const { url } = server;
  const page = `http://127.0.0.1:${server.port}/page`;
  server.answer = ({ path }, response) =>
    path === '/page'
      ? void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Three and three are six.</p>')
      : void response.end(JSON.stringify({ results: [{ url: page, content: 'sums' }] }));
  const spec = (cache: string) =>
    service.arpo({
      model: start,
      tools: [
        {
          type: 'search',
          provider: 'searxng',
          url,
          top_k: 1,
          pages: { summary: { by: 'policy', max_tokens: 12 } },
          cache,
        },
      ],
      rollout: { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 100 },
      training: { steps: 2, prompts_per_step: 2 },
      checkpoint: { every_steps: 1 },
      evaluation: { dataset: service.questions, every_steps: 1, limit: 2 },
      optimizer: { learning_rate: 0.01 },
      seed: 3,
    });
  const preview = await tenant.bough.previewRun(spec('read_write'));
  expect(preview).toMatchObject({ status: 'ready', error: null });
  expect(preview.estimate!.measured.tool_calls).toBeGreaterThan(0);
  const run = await runToEnd(spec('read_write'));
  expect(run).toMatchObject({ status: 'succeeded', error: null });
  expect(run.usage.tool_calls).toBeGreaterThan(0);
  const resultsOf = async (id: string) => {
    const { data } = (await tenant.get(`/v1/runs/${id}/trees?limit=100`)).body as { data: { id: string }[] };
    const trees = await Promise.all(data.map(async (tree) => (await tenant.get(`/v1/trees/${tree.id}`)).body));
    return (trees as Schemas['Tree'][]).flatMap(({ segments }) => segments.flatMap(({ tool }) => tool ?? []));
  };
  const results = await resultsOf(run.id);
  expect(results.every(({ outcome }) => outcome === 'ok')).toBe(true);
  const texts = results.map(({ text }) => text);
  expect(texts.join('')).not.toMatch(/Three and three|Read the web pages/);
  const { data: steps } = (await tenant.get(`/v1/runs/${run.id}/metrics?limit=10`)).body as {
    data: { metrics: Record<string, number> }[];
  };
  expect(steps.map(({ metrics }) => metrics['tools/search/summary_tokens'])).toEqual([
    expect.any(Number),
    expect.any(Number),
  ]);
  const heard = server.heard.length;
  await server.close();

  // Without the server: the pages come from the cache, and the same weights say the same of them.
  const replayed = await runToEnd(spec('read_only'));
  expect(replayed).toMatchObject({ status: 'succeeded', error: null });
  expect((await resultsOf(replayed.id)).map(({ text }) => text)).toEqual(texts);
  expect(server.heard).toHaveLength(heard);
  const evaluation = await evaluate({
    checkpoint: await checkpointOf(replayed.id),
    dataset: service.questions,
    limit: 2,
  });
  expect(evaluation).toMatchObject({ status: 'succeeded', error: null });
  expect(evaluation.spec.tools).toMatchObject([{ pages: { summary: { by: 'policy', max_tokens: 12 } } }]);
});

test('a run whose experiment trackers cannot be reached succeeds, and they are told when they can be', async () => {
  const server = await ToolServer.open();
  const heard: { kwargs: { logs: { step: number }[] } }[] = [];
  server.answer = (_, response) => void response.writeHead(503).end('not now');
  const wandb = await new WandbServer('the-key-of-wandb').listen();
  await tenant.post('/v1/secrets', { name: 'wandb', value: 'the-key-of-wandb' });
  const run = await runToEnd(
    service.arpo({
      evaluation: undefined,
      training: { steps: 2, prompts_per_step: 1 },
      integrations: [
        { type: 'trackio', url: server.url },
        { type: 'mlflow', url: 'http://127.0.0.1:9' },
        {
          type: 'wandb',
          url: wandb.url,
          secret: 'wandb',
          project: 'sums',
          run_name: 'two',
          trajectories: { every_steps: 2 },
        },
      ],
    }),
  );
  expect(run).toMatchObject({ status: 'succeeded', error: null });
  const events = async () => {
    const { data } = (await tenant.get(`/v1/runs/${run.id}/events?limit=100`)).body as { data: RunEvent[] };
    return data.filter(({ data: { integration } }) => integration !== undefined);
  };
  await expect.poll(async () => (await events()).length, { timeout: 10_000 }).toBe(2);
  const said = new Map((await events()).map(({ data: { integration }, message }) => [integration, message]));
  expect(said.get(0)).toMatch(
    /^integrations\.0 \(trackio\) .* answered 503: not now\. The run goes on, and it is tried again$/,
  );
  expect(said.get(1)).toMatch(/^integrations\.1 \(mlflow\) .*127\.0\.0\.1:9 cannot be reached \(ECONNREFUSED\)/);

  server.answer = ({ body }, response) => {
    heard.push(body as unknown as (typeof heard)[number]);
    response.end('{"data": null}');
  };
  const { manager } = service.api.dataSource;
  await manager.update(RunIntegration, { runId: run.id, place: 0 }, { nextAttemptAt: new Date() });
  const list = async () => (await tenant.get(`/v1/runs/${run.id}/integrations`)).body.data as RunIntegration[];
  await expect.poll(async () => (await list())[0]!.status, { timeout: 10_000 }).toBe('done');
  expect(heard.flatMap(({ kwargs: { logs } }) => logs.map(({ step }) => step))).toEqual([1, 2]);
  expect((await events()).at(-1)?.message).toBe('integrations.0 has been told again: its server has all up to step 2');
  // Weights & Biases has the history, the spec and the table; and once, though all is sent a second time.
  for (const round of [1, 2]) {
    await expect.poll(async () => (await list())[2]!.status, { timeout: 10_000 }).toBe('done');
    const told = wandb.runs.get(`${run.id}-2`);
    expect(told).toMatchObject({ project: 'sums', displayName: 'two', exitCode: 0 });
    expect(told?.config).toMatchObject({ method: { value: 'arpo' }, training: { value: { steps: 2 } } });
    const { data: steps } = (await tenant.get(`/v1/runs/${run.id}/metrics?limit=10`)).body;
    expect(told?.history.map(({ _step }) => _step)).toEqual([1, 2]);
    told?.history.forEach((line, i) => expect(line).toMatchObject(steps[i].metrics));
    expect(told?.summary).toEqual(told?.history[1]);
    const table = told?.history[1]?.['trajectories'] as { path: string; nrows: number; sha256: string };
    const file = wandb.files.get(table.path) ?? '';
    expect(createHash('sha256').update(file).digest('hex')).toBe(table.sha256);
    expect(JSON.parse(file).data).toHaveLength(table.nrows);
    if (round === 1)
      await manager.update(RunIntegration, { runId: run.id, place: 2 }, { step: 0, external: {}, status: 'sending' });
  }
  await wandb.close();
  // After the last attempt there is none.
  await manager.update(RunIntegration, { runId: run.id, place: 1 }, { nextAttemptAt: new Date(), attempts: 8 });
  await expect.poll(async () => (await list())[1]!.status, { timeout: 10_000 }).toBe('failed');
  expect((await events()).at(-1)?.message).toMatch(/^integrations\.1 .* It is not tried any more$/);
  await server.close();

  const refused = await tenant.post(
    '/v1/runs',
    service.arpo({
      integrations: [
        { type: 'mlflow', url: 'mlflow.example.com' },
        { type: 'trackio', url: 'https://a:b@example.com', project: '../up', trajectories: { count: 0 } },
      ],
    }),
  );
  const problems = new Set((refused.body.error.problems as { path: string }[]).map(({ path }) => path));
  expect(refused.status).toBe(400);
  expect(problems).toEqual(
    new Set([
      'integrations[0].url',
      'integrations[1].url',
      'integrations[1].project',
      'integrations[1].trajectories.count',
    ]),
  );
  const forbidden = service.arpo({ integrations: [{ type: 'mlflow', url: 'http://10.255.255.1:5000' }] });
  for (const path of ['/v1/runs', '/v1/runs/preview']) {
    const { body } = await tenant.post(path, forbidden);
    expect(body.error ?? body.problems[0]).toMatchObject({
      message: expect.stringMatching(/10\.255\.255\.1 is not a public address: .*ALLOWED_NETWORKS/),
    });
  }
  const missing = service.arpo({ integrations: [{ type: 'wandb', secret: 'nowhere' }] });
  expect((await tenant.post('/v1/runs', missing)).body.error).toMatchObject({ param: 'integrations[0].secret' });
});

test('an evaluation warns of what makes it doubtful: what is not as in the run, and a limit at which every answer was cut', async () => {
  const run = await runToEnd(service.arpo({ evaluation: undefined, training: { steps: 1, prompts_per_step: 1 } }));
  const base = { checkpoint: await checkpointOf(run.id), dataset: service.questions, limit: 2 };
  const [cut] = (await evaluate({ ...base, sampling: { max_response_tokens: 1 } })).warnings;
  expect(cut).toMatch(/^Every answer was cut at sampling\.max_response_tokens/);

  const given = { prompt: { system: 'Be brief.' }, tools: [], grader: { type: 'f1' } };
  const { body } = await tenant.post('/v1/evaluations', { ...base, ...given });
  const differs = (name: string) => expect.stringMatching(`^${name} (is|are) not (that|those|the reward) of ${run.id}`);
  expect(body.warnings).toEqual([differs('prompt\\.system'), differs('tools'), differs('grader')]);
  const same = { tools: [{ type: 'python', timeout_s: 10 }], grader: { type: 'exact_match' } };
  expect((await tenant.post('/v1/evaluations', { ...base, ...same })).body.warnings).toEqual([]);
});

test('a preview, an export, an evaluation and a model that find no room say that they wait for it, and come when there is some', async ({
  skip,
}) => {
  const disk = SmallDisk.mount(2 ** 26);
  if (disk === null) return skip('only root may mount a small disk');
  const { blobDir } = loadConfig(service.api.env);
  const folder = await mkdtemp(join(tmpdir(), 'bough-full-'));
  try {
    await writeTinyModel(folder);
    await service.restartWorker({ BOUGH_DATA_DIR: disk.path, BLOB_DIR: blobDir, WORKER_MAX_ATTEMPTS: '1' });
    // What other work leaves free when it ends would be room.
    const atWork = () => service.api.dataSource.manager.countBy(Job, { status: In(['queued', 'claimed']) });
    await expect.poll(atWork, { timeout: 60_000, interval: 200 }).toBe(0);
    await disk.fill();
    const preview = await tenant.post('/v1/runs/preview', service.arpo());
    const exported = await tenant.post('/v1/exports', { model: service.model, format: 'huggingface' });
    const sampling = { max_response_tokens: 8, max_result_tokens: 4 };
    const asked = { model: service.model, dataset: service.questions, limit: 1, sampling };
    const evaluation = await tenant.post('/v1/evaluations', asked);
    expect([evaluation.status, evaluation.body.error]).toEqual([201, null]);
    const brought = await tenant.bough.uploadModel(folder);
    const paths = [
      `previews/${preview.body.id}`,
      `exports/${exported.body.id}`,
      `evaluations/${evaluation.body.id}`,
      `models/${brought.id}`,
    ];
    const told = () =>
      Promise.all(
        paths.map(async (path) => {
          const { status, error, waiting_for } = (await tenant.get(`/v1/${path}`)).body;
          return [status, error, waiting_for];
        }),
      );
    const room = expect.stringMatching(
      /^Waiting for room: the disk of .* is full \(.*BOUGH_DATA_DIR\)\. When the operator/,
    );
    await expect.poll(told, { timeout: 60_000, interval: 500 }).toEqual([
      ['processing', null, room],
      ['processing', null, room],
      ['queued', null, room],
      ['processing', null, room],
    ]);
    await disk.makeRoom();
    await expect.poll(told, { timeout: 60_000, interval: 500 }).toEqual([
      ['ready', null, null],
      ['ready', null, null],
      ['succeeded', null, null],
      ['ready', null, null],
    ]);
  } finally {
    await service.restartWorker();
    disk.unmount();
    await rm(folder, { recursive: true });
  }
});
