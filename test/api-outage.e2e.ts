import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { ApiHarness, type Tenant } from './support/api-harness.js';
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
