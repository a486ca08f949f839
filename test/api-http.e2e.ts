import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TRUSTED_MS } from '../src/http/keys/known-keys.js';
import { createKey } from '../src/modules/keys/create-key.js';
import { KEY_SCOPES } from '../src/spec/enums.js';
import { recordUsage } from '../src/store/usage.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
beforeAll(async () => {
  api = await ApiHarness.open({ CORS_ORIGINS: 'https://app.example.com' });
  tenant = api.tenant;
  rows = new ApiRows(api.dataSource, tenant.projectId);
});
afterAll(() => api.close());

test.each([
  [{ authorization: '' }, 'The Authorization header is not a bearer token'],
  [{ authorization: 'Basic abc' }, 'The Authorization header is not a bearer token'],
  [{ authorization: 'Bearer bgh_unknown' }, 'The API key is not valid'],
])('a request with %j is refused with 401', async (headers, message) => {
  const { status, body, headers: answered } = await tenant.get('/v1/runs', headers);
  expect(status).toBe(401);
  expect(body.error).toMatchObject({ type: 'authentication_error', code: 'unauthenticated', param: null });
  expect(body.error.message).toContain(message);
  expect(answered.get('www-authenticate')).toBe('Bearer');
});

test('a request without a key is refused, and so is one with a key that was revoked or has expired', async () => {
  expect((await fetch(`${api.url}/v1/runs`)).status).toBe(401);
  const made = await tenant.post('/v1/keys', { name: 'short', expires_at: Math.floor(Date.now() / 1000) + 3600 });
  const headers = { authorization: `Bearer ${made.body.key}` };
  expect((await tenant.get('/v1/runs', headers)).status).toBe(200);
  await api.dataSource.query(`UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1`, [
    made.body.id,
  ]);
  await afterTrust(async () => {
    expect((await tenant.get('/v1/runs', headers)).body.error.message).toContain('has expired');
  });
  await api.dataSource.query('UPDATE api_keys SET expires_at = NULL WHERE id = $1', [made.body.id]);
  expect((await tenant.delete(`/v1/keys/${made.body.id}`)).body).toEqual({
    id: made.body.id,
    object: 'key',
    deleted: true,
  });
  expect((await tenant.get('/v1/runs', headers)).status).toBe(401);
  expect((await tenant.delete(`/v1/keys/${made.body.id}`)).status).toBe(404);
});

test('a key does what its scopes say, and gives no scope that it does not have', async () => {
  const keyWith = async (scopes: string[]) => {
    const { status, body } = await tenant.post('/v1/keys', { name: scopes.join(), scopes });
    expect([status, body.error?.message, body.scopes]).toEqual([201, undefined, scopes]);
    return { authorization: `Bearer ${body.key}` };
  };
  const reader = await keyWith(['read']);
  const writer = await keyWith(['write']);
  const admin = await keyWith(['admin']);
  const statuses = async (headers: Record<string, string>) => [
    (await tenant.get('/v1/runs', headers)).status,
    (await tenant.post('/v1/runs', {}, headers)).status,
    (await tenant.send('DELETE', '/v1/runs/run_none', undefined, headers)).status,
    (await tenant.get('/v1/keys', headers)).status,
    (await tenant.post('/v1/keys', { name: 'made', scopes: ['admin'] }, headers)).status,
  ];
  expect(await statuses(reader)).toEqual([200, 403, 403, 403, 403]);
  expect(await statuses(writer)).toEqual([403, 400, 404, 403, 403]);
  expect(await statuses(admin)).toEqual([403, 403, 403, 200, 201]);
  const refused = await tenant.post('/v1/secrets', { name: 'a', value: 'a-long-value' }, reader);
  expect(refused.body.error).toMatchObject({ type: 'permission_error', code: 'scope_missing', param: null });
  expect(refused.body.error.message).toBe(
    'This needs a key with the scope write, and the one that was sent has read: send another key',
  );
  const more = await tenant.post('/v1/keys', { name: 'more', scopes: ['admin', 'write'] }, admin);
  expect([more.status, more.body.error.code, more.body.error.param]).toEqual([403, 'scope_not_held', 'scopes']);
  expect((await tenant.post('/v1/keys', { name: 'same' }, admin)).body.scopes).toEqual(['admin']);
  expect((await tenant.post('/v1/keys', { name: 'all' })).body.scopes).toEqual(['read', 'write', 'admin']);
  const twice = await tenant.post('/v1/keys', { name: 'twice', scopes: ['read', 'read'] });
  expect([twice.status, twice.body.error.param]).toEqual([400, 'scopes']);
});

test('a key that another process revoked is refused after seconds; until then it costs no query', async () => {
  const { body: made } = await tenant.post('/v1/keys', { name: 'busy' });
  const headers = { authorization: `Bearer ${made.key}` };
  expect((await tenant.get('/v1/keys', headers)).status).toBe(200);
  await api.dataSource.query('UPDATE api_keys SET revoked_at = now() WHERE id = $1', [made.id]);
  expect((await tenant.get('/v1/keys', headers)).status).toBe(200);
  await afterTrust(async () => expect((await tenant.get('/v1/keys', headers)).status).toBe(401));
});

/** When what was read of a key no longer counts. */
async function afterTrust(act: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + TRUSTED_MS });
  try {
    await act();
  } finally {
    vi.useRealTimers();
  }
}

test('a key is shown once; the list has its prefix and when it was last used', async () => {
  const { body: made } = await tenant.post('/v1/keys', { name: 'mine' });
  expect(made.key).toMatch(/^bgh_[\w-]{32}$/);
  await tenant.get('/v1/runs', { authorization: `Bearer ${made.key}` });
  const { body } = await tenant.get('/v1/keys');
  const listed = body.data.find((key: { id: string }) => key.id === made.id);
  expect(listed).toMatchObject({ object: 'key', name: 'mine', prefix: `${made.key.slice(0, 10)}…` });
  expect(listed.last_used_at).toBeGreaterThan(0);
  expect(JSON.stringify(body)).not.toContain(made.key);
  const stored = await api.dataSource.query('SELECT * FROM api_keys');
  expect(JSON.stringify(stored)).not.toContain(made.key);
});

test('every answer has a request id, the client’s own where it sends one', async () => {
  expect((await tenant.get('/v1/runs')).headers.get('x-request-id')).toMatch(/^req_/);
  expect((await tenant.get('/v1/nothing', { 'x-request-id': 'my-id.1' })).headers.get('x-request-id')).toBe('my-id.1');
  expect((await tenant.get('/v1/runs', { 'x-request-id': 'not a sensible id' })).headers.get('x-request-id')).toMatch(
    /^req_/,
  );
});

test('an unknown route, an unknown query field and a malformed id are errors that name them', async () => {
  expect((await tenant.get('/v1/nothing')).body.error).toMatchObject({
    code: 'route_not_found',
    type: 'not_found_error',
  });
  expect((await tenant.get('/v1/runs?limt=3')).body.error).toMatchObject({ code: 'invalid_request', param: 'limt' });
  for (const limit of ['0', '101', '1.5', 'x']) {
    expect((await tenant.get(`/v1/runs?limit=${limit}`)).body.error).toMatchObject({
      code: 'invalid_request',
      param: 'limit',
      message: expect.stringContaining('must be a whole number from 1 to 100'),
    });
  }
  expect((await tenant.get('/v1/runs/%00')).body.error).toMatchObject({ code: 'invalid_request', param: 'id' });
  expect((await tenant.post('/v1/keys', { name: 'a\0b' })).body.error).toMatchObject({
    code: 'invalid_request',
    param: 'name',
  });
  expect((await tenant.get('/v1/runs/%ZZ')).status).toBe(400);
});

test.each([
  ['metrics?after=2147483648', 'after'],
  ['metrics?min_step=2147483648', 'min_step'],
  ['metrics?max_step=2147483648', 'max_step'],
  ['updates?step=2147483648', 'step'],
  ['trees?step=2147483648', 'step'],
  ['trajectories?step=2147483648', 'step'],
  ['trajectories/export?step=2147483648', 'step'],
])('a number that no column holds is refused: %s', async (path, param) => {
  const { status, body } = await tenant.get(`/v1/runs/run_none/${path}`);
  expect([status, body.error.param]).toEqual([400, param]);
});

/** As it is committed, and proven fresh by `npm run check`. */
const document = async () => JSON.parse(await readFile('openapi/openapi.json', 'utf8'));

interface DocumentedOperation {
  parameters?: { name: string; in: string }[];
}

test('every list refuses a cursor and a limit that are none, and names them', async () => {
  const { paths } = (await document()) as {
    paths: Record<string, { get?: DocumentedOperation }>;
  };
  const lists = Object.entries(paths)
    .filter(([, { get }]) => get?.parameters?.some(({ name }) => name === 'after'))
    .map(([path]) => path.replace('{id}', 'run_none'));
  expect(lists.length).toBeGreaterThan(12);
  const refused = [
    ['after=garbage', 'after'],
    ['after=', 'after'],
    ['after=0x10', 'after'],
    ['after[]=5', 'after'],
    ['limit=', 'limit'],
    ['limit=1e1', 'limit'],
    ['limit[]=5', 'limit'],
  ] as const;
  const names = { projectName: 'operations', keyName: 'all' };
  const headers = {
    authorization: `Bearer ${(await createKey(api.dataSource, { ...names, scopes: KEY_SCOPES })).key}`,
  };
  for (const path of lists) {
    for (const [query, param] of refused) {
      const { status, body } = await tenant.get(`${path}?${query}`, headers);
      expect([path, query, status, body.error.param]).toEqual([path, query, 400, param]);
    }
  }
});

test.each([
  ['/v1/runs', { 'last-event-id': 'x' }, undefined],
  ['/v1/runs/run_none/events', { 'last-event-id': 'x' }, 'Last-Event-ID'],
  ['/v1/runs/run_none/events', { 'last-event-id': '-1' }, 'Last-Event-ID'],
  ['/v1/runs/run_none/trajectories?min_reward=', {}, 'min_reward'],
  ['/v1/runs/run_none/trajectories?max_reward=0x1', {}, 'max_reward'],
  ['/v1/runs?metadata[]=', {}, 'metadata'],
  ['/v1/runs?metadata[%5F_proto__]=c', {}, 'metadata[__proto__]'],
  ['/v1/runs?metadata[0]=c', {}, 'metadata'],
  ['/v1/runs?metadata=a', {}, 'metadata'],
  ['/v1/runs?metadata[a][b]=c', {}, 'metadata.a'],
] as const)('%s with the headers %j is refused for %s', async (path, headers, param) => {
  const { status, body } = await tenant.get(path, headers);
  expect([status, body.error?.param]).toEqual(param === undefined ? [200, undefined] : [400, param]);
});

test('the document says what is refused', async () => {
  const { paths, components } = await document();
  const { post } = paths['/v1/keys'];
  const { schema: key } = post.parameters.find(({ name }: { name: string }) => name === 'Idempotency-Key');
  for (const [text, status] of [
    ['a-key', 201],
    ['a key', 400],
    ['schlüssel', 400],
    ['x'.repeat(255), 201],
    ['x'.repeat(256), 400],
  ] as const) {
    const answer = await tenant.post('/v1/keys', { name: 'documented' }, { 'idempotency-key': text });
    expect([text, answer.status, new RegExp(key.pattern).test(text)]).toEqual([text, status, status === 201]);
  }
  const name = new RegExp(components.schemas.NewKey.properties.name.pattern);
  expect([name.test('a\nb'), name.test('a\0b')]).toEqual([true, false]);
  expect(components.schemas.Metadata).toMatchObject({ maxProperties: 16 });
  expect(paths['/v1/runs'].get.parameters).toContainEqual(
    expect.objectContaining({ name: 'limit', schema: expect.objectContaining({ default: 20, type: 'integer' }) }),
  );
});

test.each([-9e15, 9e12])('a key cannot expire at %d, which is no date', async (expires_at) => {
  const { status, body } = await tenant.post('/v1/keys', { name: 'mine', expires_at });
  expect([status, body.error.param]).toEqual([400, 'expires_at']);
});

test('an export of what cannot be an id is of a run that does not exist', async () => {
  expect((await tenant.get('/v1/runs/%0A%E2%82%AC/trajectories/export')).status).toBe(404);
});

test('a body that is not JSON, too large or of another type is refused', async () => {
  const send = (body: string, type = 'application/json') =>
    fetch(`${api.url}/v1/runs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.key}`, 'content-type': type },
      body,
    });
  const refused = async (answer: Promise<Response>) => {
    const response = await answer;
    return [response.status, ((await response.json()) as { error: { code: string } }).error.code];
  };
  expect(await refused(send('{"method": '))).toEqual([400, 'invalid_json']);
  expect(await refused(send('a=b', 'application/x-www-form-urlencoded'))).toEqual([415, 'unsupported_media_type']);
  const large = await send(`{"name": "${'x'.repeat(5_000_000)}"}`);
  expect([large.status, await large.json()]).toEqual([
    413,
    { error: expect.objectContaining({ message: 'The JSON body is larger than 4194304 bytes: send less' }) },
  ]);
  expect(await refused(send('[]'))).toEqual([400, 'invalid_request']);
  const twice = await send('{"method": "arpo", "tools": [{"type": "python"}, {"type": "python", "type": "mcp"}]}');
  expect([twice.status, await twice.json()]).toEqual([
    400,
    { error: expect.objectContaining({ param: 'tools[1].type', message: expect.stringContaining('is given twice') }) },
  ]);
  expect((await tenant.send('POST', '/v1/runs')).body.error.message).toContain('send a JSON body');
});

test('pages follow each other without gaps in both orders, also while rows are added', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await rows.model({ name: `m${i}` })).id);
  const newestFirst = await tenant.get('/v1/models?limit=2');
  expect(newestFirst.body).toMatchObject({ object: 'list', has_more: true, first_id: ids[4], last_id: ids[3] });
  await rows.model({ name: 'late' });
  const next = await tenant.get(`/v1/models?limit=2&after=${newestFirst.body.last_id}`);
  expect(next.body.data.map((model: { id: string }) => model.id)).toEqual([ids[2], ids[1]]);
  const last = await tenant.get(`/v1/models?limit=2&after=${next.body.last_id}`);
  expect(last.body).toMatchObject({ has_more: false, first_id: ids[0], last_id: ids[0] });
  const oldestFirst = await tenant.get('/v1/models?order=asc&limit=3');
  expect(oldestFirst.body.data.map((model: { id: string }) => model.id)).toEqual(ids.slice(0, 3));
});

test('the same Idempotency-Key and body do the work once, also when the requests come at the same time', async () => {
  const headers = { 'idempotency-key': 'together' };
  const before = (await tenant.get('/v1/keys?limit=100')).body.data.length;
  const answers = await Promise.all([1, 2, 3].map(() => tenant.post('/v1/keys', { name: 'once' }, headers)));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(answers.filter((answer) => answer.headers.get('idempotent-replayed') === 'true')).toHaveLength(2);
  expect(answers.filter(({ body }) => body.key !== null)).toHaveLength(1);
  expect((await tenant.get('/v1/keys?limit=100')).body.data).toHaveLength(before + 1);

  const other = await tenant.post('/v1/keys', { name: 'other' }, headers);
  expect(other.status).toBe(409);
  expect(other.body.error.code).toBe('idempotency_key_reused');
  expect(other.headers.get('x-should-retry')).toBe('false');
  const elsewhere = await (await api.anotherTenant('elsewhere')).post('/v1/keys', { name: 'other' }, headers);
  expect(elsewhere.status).toBe(201);
});

test('a refused request frees its Idempotency-Key, and an old one can be used again', async () => {
  const headers = { 'idempotency-key': 'again' };
  expect((await tenant.post('/v1/keys', { name: '' }, headers)).status).toBe(400);
  const first = await tenant.post('/v1/keys', { name: 'a' }, headers);
  expect(first.status).toBe(201);
  await api.dataSource.query(
    `UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = 'again'`,
  );
  const later = await tenant.post('/v1/keys', { name: 'b' }, headers);
  expect(later.status).toBe(201);
  expect(later.body.id).not.toBe(first.body.id);
  expect((await tenant.post('/v1/keys', { name: 'b' }, { 'idempotency-key': 'a b' })).body.error.param).toBe(
    'Idempotency-Key',
  );
});

test('browsers of the named origin may call, and others are told nothing', async () => {
  const preflight = (origin: string) =>
    fetch(`${api.url}/v1/runs`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const allowed = await preflight('https://app.example.com');
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).toBeNull();
  const answer = await tenant.get('/v1/runs', { origin: 'https://app.example.com' });
  expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
});

test('health, metrics and documents need no key', async () => {
  const get = async (path: string) => {
    const response = await fetch(`${api.url}${path}`);
    return { status: response.status, text: await response.text() };
  };
  expect(await get('/health/live')).toEqual({ status: 200, text: '{"status":"ok"}' });
  expect(await get('/health/ready')).toEqual({ status: 200, text: '{"status":"ok"}' });
  await rows.run();
  const running = { 'time/sample_s': 2, 'tools/python/errors': 3, 'reward/mean': 1 };
  await rows.run('running', { latestMetrics: running });
  const usage = { prompt_tokens: 1, sampled_tokens: 20, trained_tokens: 5, tool_calls: 4, wall_time_s: 1 };
  await recordUsage(api.dataSource.manager, tenant.projectId, usage);
  const metrics = await get('/metrics');
  expect(metrics.text.split('\n')).toEqual(
    expect.arrayContaining([
      'bough_runs{status="running"} 1',
      'bough_step_seconds{part="sample"} 2',
      'bough_step_tool_errors{tool="python"} 3',
      'bough_tokens_total{kind="sampled"} 20',
      `bough_tool_calls_total{project="${tenant.projectId}"} 4`,
    ]),
  );
  expect(metrics.text).toMatch(/bough_oldest_queued_seconds\{lane="train"\} \d/);
  expect(metrics.text).toContain('bough_jobs{kind="run.train",status="queued"} 1');
  expect(metrics.text).toMatch(
    /bough_http_request_duration_seconds_count\{method="GET",route="\/v1\/models",status="200"\} \d/,
  );
});

test('the dashboard asks for figures that there are', async () => {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const names = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const dashboard = await readFile('docs/grafana-dashboard.json', 'utf8');
  const { panels } = JSON.parse(dashboard) as { panels: { title: string; targets: { expr: string }[] }[] };
  const asked = panels.flatMap(({ targets }) =>
    targets.flatMap(({ expr }) => expr.match(/\b(bough|process|nodejs)_\w+/g) ?? []),
  );
  expect(asked.length).toBeGreaterThanOrEqual(panels.length);
  expect(asked.filter((name) => !names.has(name.replace(/_(bucket|count)$/, '')))).toEqual([]);
});

test('workers are listed with their own project’s work only', async () => {
  const job = { job_id: 'job_1', kind: 'run.train', subject_id: 'run_1' };
  await api.dataSource.query(
    `INSERT INTO workers (id, name, host, pid, accelerator, current_jobs, last_heartbeat_at) VALUES
     ('wrk_1', 'a', 'secret-host', 1, 'cpu', $1, now()),
     ('wrk_2', 'b', 'secret-host', 2, 'cpu', $1, now() - interval '5 minutes'),
     ('wrk_3', 'c', 'secret-host', 3, 'cpu', $2, now())`,
    [
      JSON.stringify([{ ...job, project_id: tenant.projectId }]),
      JSON.stringify([{ ...job, project_id: 'proj_other' }]),
    ],
  );
  const { body } = await tenant.get('/v1/workers?order=asc');
  expect(body.data).toMatchObject([
    { id: 'wrk_1', online: true, busy: true, current_jobs: [{ kind: 'run.train', subject_id: 'run_1' }] },
    { id: 'wrk_2', online: false, busy: false, current_jobs: [] },
    { id: 'wrk_3', online: true, busy: true, current_jobs: [] },
  ]);
  // Where it runs is the operator's.
  expect(JSON.stringify(body)).not.toContain('secret-host');
  expect(Object.keys(body.data[0])).not.toContain('pid');
});

test('a server that shuts down finishes what it has begun and refuses what is new', async () => {
  const draining = await ApiHarness.open();
  // An upload whose end is held back is a request in progress.
  const boundary = 'x';
  const upload = request(`${draining.url}/v1/datasets`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${draining.tenant.key}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
  });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    upload.on('response', (response) => resolve(response.resume().statusCode));
    upload.on('error', reject);
  });
  upload.write(`--${boundary}\r\ncontent-disposition: form-data; name="kind"\r\n\r\nrl\r\n`);
  await sleep(100);
  const closed = draining.shutDown();
  await sleep(100);
  const refused = await draining.tenant.get('/v1/runs');
  expect(refused.status).toBe(503);
  expect(refused.body.error.code).toBe('draining');
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await fetch(`${draining.url}/health/ready`)).status).toBe(503);
  expect((await fetch(`${draining.url}/health/live`)).status).toBe(200);
  upload.end(
    `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{"question":"Q?","answer":"A"}\r\n--${boundary}--\r\n`,
  );
  expect(await answered).toBe(201);
  await closed;
  await draining.close();
});
