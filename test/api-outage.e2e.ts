import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { REQUEST_SILENCE_MS } from '../src/store/data-source.js';
import { Dataset } from '../src/store/entities/dataset.entity.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';
import { TcpProxy } from './support/tcp-proxy.js';

let proxy: TcpProxy;
let api: ApiHarness;
let tenant: Tenant;
beforeAll(async () => {
  proxy = await TcpProxy.before(inject('databaseUrl'));
  api = await ApiHarness.open({}, (databaseUrl) => {
    const through = new URL(proxy.url);
    through.pathname = new URL(databaseUrl).pathname;
    return through.href;
  });
  tenant = api.tenant;
});
afterAll(async () => {
  await api.close();
  await proxy.cut();
});

test('without PostgreSQL requests are answered at once with 503 and when to try again, and afterwards they are served', async () => {
  expect((await tenant.get('/v1/runs')).status).toBe(200);
  await proxy.cut();
  for (const ask of [() => tenant.get('/v1/runs'), () => tenant.post('/v1/keys', { name: 'x' })]) {
    const started = Date.now();
    const { status, headers, body } = await ask();
    expect([status, headers.get('retry-after'), body.error.code]).toEqual([503, '1', 'not_ready']);
    expect(Date.now() - started).toBeLessThan(3000);
  }
  await proxy.restore();
  await expect.poll(async () => (await tenant.get('/v1/runs')).status).toBe(200);
});

test('of a PostgreSQL that is silent requests hear within seconds, however many they are, and afterwards they are served', async () => {
  expect((await tenant.get('/v1/runs')).status).toBe(200);
  proxy.fallSilent();
  const started = Date.now();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => (i % 2 ? tenant.get('/v1/runs') : tenant.post('/v1/keys', { name: 'x' }))),
  );
  expect(Date.now() - started).toBeLessThan(15_000);
  const told = answers.map(({ status, headers, body }) => [status, headers.get('retry-after'), body.error?.code]);
  expect(told).toEqual(told.map(() => [503, '1', 'not_ready']));
  proxy.speakAgain();
  await expect.poll(async () => (await tenant.get('/v1/runs')).status).toBe(200);
});

test('a deletion may take longer than other requests', async () => {
  const { id } = await new ApiRows(api.dataSource, tenant.projectId).dataset();
  let deletion: Promise<{ status: number }> | undefined;
  await api.dataSource.transaction(async (manager) => {
    // What it stands for is a statement that takes long, and not a transaction in which nothing goes on.
    await manager.query('SET LOCAL idle_in_transaction_session_timeout = 0');
    await manager.findOneOrFail(Dataset, { where: { id }, lock: { mode: 'pessimistic_write' } });
    deletion = tenant.delete(`/v1/datasets/${id}`);
    await sleep(REQUEST_SILENCE_MS + 2000);
  });
  expect((await deletion)?.status).toBe(200);
  expect((await tenant.get(`/v1/datasets/${id}`)).status).toBe(404);
});

test('a shutdown does not wait for a silent PostgreSQL', async () => {
  expect((await tenant.get('/v1/runs')).status).toBe(200);
  proxy.fallSilent();
  const started = Date.now();
  await api.shutDown();
  expect(Date.now() - started).toBeLessThan(15_000);
});
