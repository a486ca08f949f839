/**
 * Every route of the OpenAPI document with the objects of one project and the keys of another. A new route fails here until it is refused as it must be;
 * one for a new kind of object, or one that takes a body, until the tables below have an object and a body for it.
 */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ExternalRollout } from '../src/store/entities/external-rollout.entity.js';
import { WebhookDelivery } from '../src/store/entities/webhook-delivery.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRow } from '../src/store/insert-row.js';
import { ApiHarness, type Answer, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

interface Operation {
  readonly operationId: string;
  readonly requestBody?: object;
  readonly security?: object[];
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

let api: ApiHarness;
let owner: Tenant;
let stranger: Tenant;
let routes: Route[];
/** What the owner has of each kind, by the part of the path before its id. */
let objects: Record<string, string>;
/** A body that would do, naming the owner's objects; absent where the route takes none. */
let bodies: Record<string, object>;

const REWARD = { type: 'exact_match' };

beforeAll(async () => {
  api = await ApiHarness.open({ BOUGH_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64') });
  owner = api.tenant;
  stranger = await api.anotherTenant('stranger');
  const { paths } = JSON.parse(await readFile('openapi/openapi.json', 'utf8')) as {
    paths: Record<string, Record<string, Operation>>;
  };
  routes = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  objects = await ownedObjects();
  bodies = bodiesNaming(objects);
});
afterAll(() => api.close());

async function ownedObjects(): Promise<Record<string, string>> {
  const rows = new ApiRows(api.dataSource, owner.projectId);
  const run = await rows.run('succeeded');
  const rollout = newId('rollout');
  const place = { attempt: 1, step: 1, tree: 0, index: 0, example: 0 };
  const wanted = { id: rollout, projectId: owner.projectId, runId: run.id, status: 'open' } as const;
  await insertRow(api.dataSource.manager, ExternalRollout, { ...wanted, ...place });
  const { tree, trajectories } = await rows.tree(run.id, 1);
  const checkpoint = await rows.checkpoint(run.id, api.blobs, { 'config.json': '{}' });
  const [model, dataset] = [(await rows.model()).id, (await rows.dataset()).id];
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await owner.post(`/v1/${path}`, body);
    expect([path, answer.status < 300, answer.body.error?.message]).toEqual([path, true, undefined]);
    return answer.body.id;
  };
  const secrets = await made('secrets', { name: 'weather', value: 'a-secret-value' });
  const webhooks = await made('webhooks', { url: 'https://example.com/', secret: 'weather' });
  const sent = { type: 'run.cancelled', body: '{}', status: 'failed', nextAttemptAt: null } as const;
  const deliveries = newId('delivery');
  await insertRow(api.dataSource.manager, WebhookDelivery, { id: deliveries, webhookId: webhooks, ...sent });
  return {
    projects: owner.projectId,
    keys: await made('keys', { name: 'second' }),
    secrets,
    webhooks,
    deliveries,
    datasets: dataset,
    models: model,
    runs: run.id,
    rollouts: rollout,
    previews: await made('runs/preview', { method: 'grpo', model, dataset }),
    trees: tree.id,
    trajectories: trajectories[0]!.id,
    rescores: await made(`runs/${run.id}/rescore`, { grader: REWARD }),
    checkpoints: checkpoint.id,
    exports: await made('exports', { model, format: 'huggingface' }),
    evaluations: await made('evaluations', { model, dataset }),
  };
}

function bodiesNaming({
  models: model,
  datasets: dataset,
  evaluations: evaluation,
}: Record<string, string>): Record<string, object> {
  const architecture = { layers: 1, hidden_size: 32, heads: 4, ffn_size: 64 };
  const judge = { type: 'http', url: 'https://example.com/score', secret: 'weather' };
  return {
    createProject: { name: 'third' },
    changeProject: { limits: { active_runs: 1 } },
    createProjectKey: { name: 'third' },
    createKey: { name: 'third' },
    createWebhook: { url: 'https://example.com/', secret: 'weather' },
    putSecret: { name: 'third', value: 'a-long-value' },
    createDataset: {},
    createModel: {
      source: { type: 'random', architecture, tokenizer: { train: { dataset, vocab_size: 512 } } },
    },
    createRun: { method: 'grpo', model, dataset },
    previewRun: { method: 'grpo', model, dataset },
    resumeRun: {},
    createRollout: {},
    rewardRollout: { reward: 1 },
    finishRollout: { reward: 1 },
    rescoreRun: { grader: REWARD },
    createExport: { model, format: 'huggingface' },
    createEvaluation: { model, dataset },
    compareEvaluations: { a: evaluation, b: evaluation },
    createRolloutChatCompletion: { model, messages: [{ role: 'user', content: 'hello' }] },
    createChatCompletion: { model, messages: [{ role: 'user', content: 'hello' }] },
    validateGrader: { grader: judge },
    runGrader: { grader: judge, items: [{ response: 'a', reference: 'a' }] },
  };
}

/** Routes that answer without a key. */
const isPublic = ({ operation }: Route) =>
  operation.security?.length === 1 && Object.keys(operation.security[0]!).length === 0;
const isOfObject = ({ path }: Route) => path.includes('{id}');
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

function address({ path }: Route): string {
  const id = objects[path.split('/')[2]!];
  if (path.includes('{id}') && id === undefined) throw new Error(`${path}: give \`objects\` an object of this kind`);
  return path
    .replace('{id}', id ?? '')
    .replace('{name}', 'config.json')
    .replace('{rollout_id}', objects['rollouts']!);
}

function send(tenant: Tenant, route: Route, headers: Record<string, string> = {}): Promise<Answer> {
  const { operationId, requestBody } = route.operation;
  if (requestBody && !bodies[operationId]) throw new Error(`${operationId}: give \`bodies\` one that would do`);
  return tenant.send(route.method, address(route), bodies[operationId], headers);
}

/** What the owner reads of each object. */
async function owned(): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {};
  for (const route of routes.filter((each) => each.method === 'GET' && isOfObject(each) && !isOperators(each))) {
    const { status, body } = await send(owner, route);
    // Else that the stranger gets a 404 would say nothing.
    expect([nameOf(route), status]).not.toEqual([nameOf(route), 404]);
    answers[nameOf(route)] = body;
  }
  return answers;
}

const isOperators = ({ path }: Route) => path.startsWith('/v1/projects');
/** Answers the key of one rollout, and no key of a project. */
const isAgents = ({ operation }: Route) => operation.operationId === 'createRolloutChatCompletion';

test('what another project has is a 404 in every route, and stays as it was', async () => {
  const before = await owned();
  for (const route of routes.filter(isOfObject)) {
    const { status, body } = await send(stranger, route);
    const refused = isOperators(route) ? [403, 'scope_missing'] : [404, 'not_found'];
    const expected = isAgents(route) ? [401, 'unauthenticated'] : refused;
    expect([nameOf(route), status, body.error?.code]).toEqual([nameOf(route), ...expected]);
  }
  expect(await owned()).toEqual(before);
});

test('lists and answers without an id show nothing of another project, and nothing is made of what it has', async () => {
  const ids = Object.values(objects);
  for (const route of routes.filter((each) => !isOfObject(each))) {
    const { status, body } = await send(stranger, route);
    expect([nameOf(route), status < 500]).toEqual([nameOf(route), true]);
    if (route.method === 'GET') {
      const text = JSON.stringify(body);
      expect([nameOf(route), ids.filter((id) => text.includes(id))]).toEqual([nameOf(route), []]);
      continue;
    }
    const sent = JSON.stringify(bodies[route.operation.operationId]);
    const named = [...ids, 'weather'].filter((name) => sent.includes(`"${name}"`));
    if (named.length === 0) continue;
    const problems = JSON.stringify(body.error?.problems ?? body.problems ?? [body.error]);
    const expected = named.map((name) => expect.stringMatching(new RegExp(`no such \\w+: ${name}`, 'i')));
    // What only checks answers with the problems.
    const checks = ['previewRun', 'validateGrader'].includes(route.operation.operationId);
    expect([nameOf(route), status < 300, ...named.map(() => problems)]).toEqual([nameOf(route), checks, ...expected]);
  }
});

test('no route answers without a key, or beyond the scopes of one', async () => {
  const only = async (scope: string) => {
    const { body } = await owner.post('/v1/keys', { name: scope, scopes: [scope] });
    return { authorization: `Bearer ${body.key}` };
  };
  const [read, write] = [await only('read'), await only('write')];
  for (const route of routes.filter((each) => !isPublic(each))) {
    const statuses = [];
    for (const headers of [{ authorization: '' }, route.method === 'GET' ? write : read])
      statuses.push((await send(owner, route, headers)).status);
    expect([nameOf(route), statuses]).toEqual([nameOf(route), [401, isAgents(route) ? 401 : 403]]);
  }
});
