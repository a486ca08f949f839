/** One of everything: each operation of the API, on objects that are what a user would have. */

import type { Answer } from './api-harness.js';
import { solvedSums, type WholeService } from './whole-service.js';

/** @param operatorKey of a key with the scope `operator` */
export async function walk(service: WholeService, operatorKey: string): Promise<void> {
  const { tenant, model, questions } = service;
  const { bough } = tenant;
  const operator = { authorization: `Bearer ${operatorKey}` };
  const get = (path: string) => tenant.get(path);
  const made = async (path: string, body: object, headers = {}) => {
    const { status, body: answer } = await tenant.post(path, body, headers);
    if (status > 299) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer as { id: string };
  };

  const project = await made('/v1/projects', { name: 'search team', limits: { active_runs: 4 } }, operator);
  await made(`/v1/projects/${project.id}`, { limits: { requests_per_minute: 600 } }, operator);
  await made(`/v1/projects/${project.id}/keys`, { name: 'team' }, operator);
  await tenant.get('/v1/projects', operator);
  await tenant.get(`/v1/projects/${project.id}`, operator);
  const { projectId } = tenant;

  const key = await made('/v1/keys', { name: 'dashboard', scopes: ['read'] });
  await get('/v1/keys');
  const secret = await made('/v1/secrets', { name: 'openai', value: 'sk-0123456789' });
  await get('/v1/secrets');
  const hook = { url: 'https://example.com/hooks', secret: 'openai', events: ['run.succeeded', 'run.failed'] };
  const webhook = await made('/v1/webhooks', hook);

  const questionsFile = '{"question": "1 + 1", "answer": "2"}\n{"question": "2 + 2", "answer": "4"}\n';
  const lines = { 'content-type': 'application/x-ndjson' };
  const { body: uploaded } = await tenant.sendRaw('/v1/datasets?kind=rl&name=sums', questionsFile, lines);
  const spare = (uploaded as { id: string }).id;
  await until(() => get(`/v1/datasets/${spare}`), 'ready');
  await get('/v1/datasets');
  await get(`/v1/datasets/${questions}/examples?limit=2`);
  await get('/v1/models');
  await get(`/v1/models/${model}`);
  await get('/v1/workers');
  await get('/v1/benchmarks');
  await get('/health/live');
  await get('/health/ready');

  const solved = await service.upload('sft', solvedSums);
  const coldStart = {
    method: 'sft',
    model,
    dataset: solved,
    training: { steps: 60, max_length: 64 },
    optimizer: { learning_rate: 0.01 },
  };
  const sft = await bough.waitForRun((await made('/v1/runs', coldStart)).id);
  const { data: learned } = (await get(`/v1/runs/${sft.id}/checkpoints`)).body as { data: { id: string }[] };
  const start = learned[0]!.id;

  const rollout = { group_size: 4, initial: 2, probe_tokens: 4, max_response_tokens: 48 };
  // Nobody is there: what is shown is a tracker that is away.
  const integrations = [{ type: 'mlflow', url: 'https://mlflow.example.com' }];
  const run = await made(
    '/v1/runs',
    service.arpo({ model: start, name: 'sums', rollout, checkpoint: { every_steps: 1, keep: 3 }, integrations }),
  );
  await made(`/v1/runs/${run.id}/pause`, {});
  await until(() => get(`/v1/runs/${run.id}`), 'paused');
  await made(`/v1/runs/${run.id}/resume`, {});
  await bough.waitForRun(run.id);
  await tenant.get(`/v1/runs/${run.id}/events?limit=2`);
  await tenant.get(`/v1/runs/${run.id}/events`, { accept: 'text/event-stream' });
  const parts = ['metrics', 'updates', 'trees', 'trajectories', 'checkpoints', 'integrations', 'trajectories/export'];
  for (const part of ['', ...parts.map((name) => `/${name}`)]) await get(`/v1/runs/${run.id}${part}`);
  await get('/v1/runs?limit=2');
  const { data: trees } = (await get(`/v1/runs/${run.id}/trees`)).body as { data: { id: string }[] };
  await get(`/v1/trees/${trees[0]!.id}`);
  const { data: ends } = (await get(`/v1/runs/${run.id}/trajectories`)).body as { data: { id: string }[] };
  await get(`/v1/trajectories/${ends[0]!.id}`);

  await walkWithAgent(service);

  const preview = await made('/v1/runs/preview', service.arpo({ model: start }));
  await until(() => get(`/v1/previews/${preview.id}`), 'ready');
  const rescore = await made(`/v1/runs/${run.id}/rescore`, { grader: { type: 'f1' } });
  await until(() => get(`/v1/rescores/${rescore.id}`), 'ready');
  await get(`/v1/runs/${run.id}/rescores`);
  await get(`/v1/rescores/${rescore.id}/items`);

  const { data: checkpoints } = (await get(`/v1/runs/${run.id}/checkpoints`)).body as { data: { id: string }[] };
  const [checkpoint] = checkpoints;
  await get(`/v1/checkpoints/${checkpoint!.id}`);
  const spec = { checkpoint: checkpoint!.id, dataset: questions, sampling: { samples: 2 }, limit: 8 };
  const [a, b] = [await made('/v1/evaluations', spec), await made('/v1/evaluations', spec)];
  await bough.waitForEvaluation(a.id);
  await bough.waitForEvaluation(b.id);
  await get(`/v1/evaluations/${a.id}`);
  await get('/v1/evaluations?limit=2');
  await get(`/v1/evaluations/${a.id}/items?limit=2`);
  await get(`/v1/evaluations/${a.id}/items/export`);
  await made('/v1/evaluations/compare', { a: a.id, b: b.id });
  const cancelled = await made('/v1/evaluations', spec);
  await made(`/v1/evaluations/${cancelled.id}/cancel`, {});

  const exported = await made('/v1/exports', { model: checkpoint!.id, format: 'onnx' });
  await bough.waitForExport(exported.id);
  await get(`/v1/exports/${exported.id}`);
  await get('/v1/exports');

  const items = [{ response: '<answer>\\boxed{Lima, Peru}</answer>', reference: 'Lima' }];
  await made('/v1/graders/run', { grader: { type: 'f1' }, items });
  await made('/v1/graders/validate', { grader: { type: 'f1' } });
  const chat = { model: checkpoint!.id, messages: [{ role: 'user', content: '3 + 3' }], max_tokens: 8, seed: 1 };
  await made('/v1/chat/completions', chat);
  await made('/v1/chat/completions', { ...chat, stream: true });

  await get('/v1/usage');
  await tenant.get(`/v1/projects/${projectId}/usage`, operator);
  await get('/v1/webhooks');
  await get(`/v1/webhooks/${webhook.id}`);
  const { data: deliveries } = (await get(`/v1/webhooks/${webhook.id}/deliveries`)).body as { data: { id: string }[] };
  if (deliveries[0]) await made(`/v1/deliveries/${deliveries[0].id}/redeliver`, {});
  const stopped = await made('/v1/runs', service.arpo());
  await made(`/v1/runs/${stopped.id}/cancel`, {});
  await bough.waitForRun(stopped.id);

  const ofProject = [`webhooks/${webhook.id}`, `secrets/${secret.id}`, `keys/${key.id}`, `exports/${exported.id}`];
  const ofRun = [
    `rescores/${rescore.id}`,
    `evaluations/${cancelled.id}`,
    `checkpoints/${checkpoint!.id}`,
    `previews/${preview.id}`,
  ];
  for (const path of [...ofProject, ...ofRun, `runs/${stopped.id}`]) await tenant.delete(`/v1/${path}`);
  await tenant.delete(`/v1/datasets/${spare}`);
  const source = {
    type: 'random',
    architecture: { layers: 1, hidden_size: 32, heads: 2, ffn_size: 64, max_positions: 64 },
    tokenizer: model,
  };
  const other = await made('/v1/models', { source });
  await bough.waitForModel(other.id);
  await tenant.delete(`/v1/models/${other.id}`);
  await made(`/v1/projects/${project.id}/disable`, {}, operator);
  await made(`/v1/projects/${project.id}/enable`, {}, operator);
}

/** Asks again until an object has the status. */
async function until(ask: () => Promise<{ body: { status: string } }>, status: string): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const { body } = await ask();
    if (body.status === status) return;
    if (Date.now() > end) throw new Error(`after two minutes it is not ${status}: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Of a run whose agent is outside. */
async function walkWithAgent({ tenant, model, questions }: WholeService): Promise<void> {
  const { body: run } = await tenant.post('/v1/runs', {
    method: 'grpo',
    model,
    dataset: questions,
    rollout: { source: 'external', group_size: 2, max_prompt_tokens: 100, max_response_tokens: 8 },
    training: { steps: 1, prompts_per_step: 1 },
  });
  for (const reward of [0, 1]) {
    const rollout = await unwrapped(() => tenant.post(`/v1/runs/${run.id}/rollouts`, undefined));
    const path = `/v1/runs/${run.id}/rollouts/${rollout.id}`;
    const authorization = `Bearer ${rollout.api_key}`;
    await tenant.post(
      `${path}/chat/completions`,
      { messages: [{ role: 'user', content: '3 + 3' }] },
      { authorization },
    );
    await tenant.post(`${path}/reward`, { reward });
    await tenant.get(path);
    await tenant.post(`${path}/finish`, {});
  }
  await tenant.get(`/v1/runs/${run.id}/rollouts`);
  await tenant.bough.waitForRun(run.id);
}

/** The answer, once it is no longer that there is nothing yet. */
async function unwrapped(ask: () => Promise<Answer>): Promise<{ id: string; api_key: string }> {
  for (const end = Date.now() + 120_000; ;) {
    const { status, body } = await ask();
    if (status === 201) return body as { id: string; api_key: string };
    if (status !== 429 || Date.now() > end) throw new Error(JSON.stringify(body));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
