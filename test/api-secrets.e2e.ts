import { afterAll, beforeAll, expect, test } from 'vitest';
import { ProjectSecrets } from '../src/store/project-secrets.js';
import { ApiHarness } from './support/api-harness.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const VALUE = 'sk-a-very-secret-value';

let api: ApiHarness;
beforeAll(async () => {
  api = await ApiHarness.open({ BOUGH_SECRETS_KEY: KEY });
});
afterAll(() => api.close());

const secretsWith = (key: string | undefined) => new ProjectSecrets(api.dataSource, key);

test('a secret goes in and does not come out again, except for who has the key', async () => {
  const { tenant } = api;
  const headers = { 'idempotency-key': 'once' };
  const { status, body } = await tenant.post('/v1/secrets', { name: 'weather', value: VALUE }, headers);
  expect(status).toBe(201);
  expect(body).toMatchObject({ object: 'secret', name: 'weather' });
  const { body: list } = await tenant.get('/v1/secrets');
  expect(list.data).toEqual([body]);
  for (const table of ['secrets', 'idempotency_keys']) {
    const [row] = await api.dataSource.query<{ text: string }[]>(
      `SELECT string_agg(t::text, '') AS text FROM ${table} t`,
    );
    expect(row?.text).toContain(table === 'secrets' ? 'weather' : 'once');
    expect(row?.text).not.toContain(VALUE);
    expect(row?.text).not.toContain(Buffer.from(VALUE).toString('hex'));
  }
  expect(await secretsWith(KEY).value(tenant.projectId, 'weather')).toBe(VALUE);
  const other = Buffer.alloc(32, 8).toString('base64');
  await expect(secretsWith(other).value(tenant.projectId, 'weather')).rejects.toThrow(
    'The secret weather is not usable: it was sealed with another BOUGH_SECRETS_KEY than the worker has; post it again',
  );
  await expect(secretsWith(undefined).value(tenant.projectId, 'weather')).rejects.toThrow('no BOUGH_SECRETS_KEY');
});

test('posted again it has the new value; deleted it is gone', async () => {
  const { tenant } = api;
  const first = await tenant.post('/v1/secrets', { name: 'twice', value: 'first-value' });
  const second = await tenant.post('/v1/secrets', { name: 'twice', value: 'second-value' });
  expect(second.body.id).toBe(first.body.id);
  expect(second.body.created_at).toBe(first.body.created_at);
  expect(await secretsWith(KEY).value(tenant.projectId, 'twice')).toBe('second-value');
  expect((await tenant.delete(`/v1/secrets/${first.body.id}`)).body).toMatchObject({ object: 'secret', deleted: true });
  expect((await tenant.delete(`/v1/secrets/${first.body.id}`)).status).toBe(404);
  await expect(secretsWith(KEY).value(tenant.projectId, 'twice')).rejects.toThrow('it does not exist any more');
});

test('another project sees no secret of this one, and may have one of the same name', async () => {
  const { body: own } = await api.tenant.post('/v1/secrets', { name: 'shared', value: VALUE });
  const other = await api.anotherTenant('apart');
  expect((await other.get('/v1/secrets')).body.data).toEqual([]);
  expect((await other.delete(`/v1/secrets/${own.id}`)).status).toBe(404);
  expect((await other.post('/v1/secrets', { name: 'shared', value: 'another-value' })).body.id).not.toBe(own.id);
  expect(await secretsWith(KEY).value(api.tenant.projectId, 'shared')).toBe(VALUE);
});

test.each([
  [{ name: 'a b', value: VALUE }, 'name', /1 to 64 letters/],
  [{ name: 'short', value: '1234567' }, 'value', /8/],
  [{ name: 'line', value: `${VALUE}\n` }, 'value', /printable ASCII/],
])('%j is refused without being repeated', async (secret, param, message) => {
  const { status, body } = await api.tenant.post('/v1/secrets', secret);
  expect(status).toBe(400);
  expect(body.error).toMatchObject({ param, message: expect.stringMatching(message) });
  expect(JSON.stringify(body)).not.toContain(secret.value.trim());
});

test('a spec that names a secret which there is not is refused with the field', async () => {
  const tool = {
    type: 'http',
    name: 'weather',
    description: 'The weather.',
    parameters: { type: 'object' },
    url: 'https://example.com/weather',
    secret: 'nowhere',
  };
  const run = { method: 'grpo', model: 'mdl_1', dataset: 'ds_1', tools: [{ type: 'python' }, tool] };
  for (const [path, spec] of [
    ['/v1/runs', run],
    ['/v1/evaluations', { model: 'mdl_1', dataset: 'ds_1', tools: run.tools }],
  ] as const) {
    const { status, body } = await api.tenant.post(path, spec);
    expect(status).toBe(422);
    expect(body.error.problems).toContainEqual({
      path: 'tools[1].secret',
      message: 'no such secret: nowhere; post it to /v1/secrets',
    });
  }
  const { body: preview } = await api.tenant.post('/v1/runs/preview', run);
  expect(preview.problems).toContainEqual(expect.objectContaining({ path: 'tools[1].secret' }));
});

test('a service without a key takes none, and says what its operator has to do', async () => {
  const bare = await ApiHarness.open();
  try {
    const { status, body } = await bare.tenant.post('/v1/secrets', { name: 'weather', value: VALUE });
    expect(status).toBe(422);
    expect(body.error).toMatchObject({ code: 'secrets_off', message: expect.stringContaining('BOUGH_SECRETS_KEY') });
  } finally {
    await bare.close();
  }
});
