/** Webhooks: what is sent, how it is signed, and what becomes of a delivery that its server does not take. */
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { DeliveryObject } from '../src/modules/webhooks/webhook.schema.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';
import { JsonServer, type Heard } from './support/json-server.js';

interface Told {
  type: string;
  timestamp: string;
  data: Record<string, unknown>;
}

class Receiver extends JsonServer<Told> {
  answer = (_: Heard<Told>, response: ServerResponse) => void response.writeHead(204).end();
}

const SECRET = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
let receiver: Receiver;
let webhook: string;
beforeAll(async () => {
  api = await ApiHarness.open({
    BOUGH_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
    ALLOWED_NETWORKS: '127.0.0.0/8',
  });
  ({ tenant } = api);
  rows = new ApiRows(api.dataSource, tenant.projectId);
  receiver = await new Receiver().listen();
  expect((await tenant.post('/v1/secrets', { name: 'hook', value: SECRET })).status).toBe(201);
  const { status, body } = await tenant.post('/v1/webhooks', { url: url(), secret: 'hook' });
  expect([status, body.object, body.events.length]).toEqual([201, 'webhook', 5]);
  webhook = body.id;
});
afterAll(async () => {
  await api.close();
  await receiver.close();
});
beforeEach(() => {
  receiver.heard.length = 0;
  receiver.answers(204);
});

const url = () => `http://127.0.0.1:${receiver.port}/hook`;

async function cancelledRun(metadata: Record<string, string> = {}): Promise<string> {
  const { id } = await rows.run('queued', { metadata });
  expect((await tenant.send('POST', `/v1/runs/${id}/cancel`)).status).toBe(200);
  return id;
}

/** The last delivery, once it is as it is to be. */
async function delivery(expected: Partial<DeliveryObject>): Promise<DeliveryObject> {
  const last = async () =>
    (await tenant.get(`/v1/webhooks/${webhook}/deliveries?limit=1`)).body.data[0] as DeliveryObject;
  await expect.poll(last, { timeout: 20_000 }).toMatchObject(expected);
  return last();
}

/** As when its wait is over. */
const makeDue = () =>
  api.dataSource.query('UPDATE webhook_deliveries SET next_attempt_at = clock_timestamp() WHERE status = $1', [
    'pending',
  ]);

test('a run that ends is told of, signed so that the library of the specification verifies it', async () => {
  const run = await cancelledRun({ team: 'search' });
  const { id, body } = await delivery({ status: 'delivered', attempts: 1, answered: 204, error: null });
  const [heard] = receiver.heard;
  expect(receiver.heard).toHaveLength(1);
  expect([heard?.path, heard?.headers['webhook-id'], heard?.text]).toEqual(['/hook', id, body]);
  const told = new Webhook(SECRET).verify(heard?.text ?? '', { ...heard?.headers }) as Told;
  expect(told).toMatchObject({
    type: 'run.cancelled',
    data: { id: run, object: 'run', metadata: { team: 'search' }, message: expect.stringContaining('cancelled') },
  });
  expect(Math.abs(Date.parse(told.timestamp) - Date.now())).toBeLessThan(60_000);
});

test('an evaluation that ends is told of, and a webhook hears only what it asked for', async () => {
  const { body: other } = await tenant.post('/v1/webhooks', { url: url(), secret: 'hook', events: ['run.failed'] });
  const [model, dataset] = [(await rows.model()).id, (await rows.dataset()).id];
  const { body: evaluation } = await tenant.post('/v1/evaluations', { model, dataset });
  await tenant.send('POST', `/v1/evaluations/${evaluation.id}/cancel`);
  await delivery({ status: 'delivered', type: 'evaluation.completed' });
  expect(receiver.heard.map(({ body: { type, data } }) => [type, data['id'], data['status']])).toEqual([
    ['evaluation.completed', evaluation.id, 'cancelled'],
  ]);
  expect((await tenant.get(`/v1/webhooks/${other.id}/deliveries`)).body.data).toEqual([]);
  expect((await tenant.delete(`/v1/webhooks/${other.id}`)).status).toBe(200);
});

test('what its server does not take is sent again, with the same id, and later each time', async () => {
  receiver.answers(500);
  await cancelledRun();
  // The second attempt comes by itself, 5 seconds after the first; the others are not waited for.
  for (const [attempts, wait] of [
    [2, 300],
    [3, 1800],
    [4, 7200],
    [5, 18_000],
    [6, 25_200],
    [7, 36_000],
  ] as const) {
    const about = expect.closeTo(Date.now() / 1000 + wait, -2);
    const pending = await delivery({ status: 'pending', attempts, answered: 500, next_attempt_at: about as number });
    expect(pending.error).toBe('its server answered 500');
    await makeDue();
  }
  const failed = await delivery({ status: 'failed', attempts: 8, next_attempt_at: null });
  expect(new Set(receiver.heard.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([failed.id]));

  receiver.answers(200);
  const again = await tenant.send('POST', `/v1/deliveries/${failed.id}/redeliver`);
  expect([again.status, again.body.status]).toEqual([200, 'pending']);
  await delivery({ id: failed.id, status: 'delivered', attempts: 1, error: null });
});

test('a server that cannot be reached is tried again, and one that is gone is left alone', async () => {
  receiver.answer = (_, response) => void response.destroy();
  await cancelledRun();
  const unreachable = expect.stringContaining('cannot be reached') as string;
  await delivery({ status: 'pending', attempts: 1, answered: null, error: unreachable });
  receiver.answers(410);
  await makeDue();
  await delivery({ status: 'failed', attempts: 2, answered: 410 });
  await expect
    .poll(async () => (await tenant.get(`/v1/webhooks/${webhook}`)).body.disabled_at)
    .toEqual(expect.any(Number));
  receiver.heard.length = 0;
  await cancelledRun();
  await delivery({ status: 'failed', attempts: 2 });
  expect(receiver.heard).toEqual([]);
});

test.each([
  [{ url: 'http://10.0.0.1/', secret: 'hook' }, 'url', 'is not a public address'],
  [{ url: 'ftp://example.com/', secret: 'hook' }, 'url', 'begins with http:// or https://'],
  [{ url: 'https://user:password@example.com/', secret: 'hook' }, 'url', 'must not hold a password'],
  [{ url: 'https://example.com/', secret: 'none' }, 'secret', 'no such secret: none'],
  [{ url: 'https://example.com/', secret: 'hook', events: ['run.failed', 'run.failed'] }, 'events', 'once'],
  [{ url: 'https://example.com/', secret: 'hook', events: ['run.step'] }, 'events[0]', 'expected one of'],
])('%j is refused', async (given, param, message) => {
  const { status, body } = await tenant.post('/v1/webhooks', given);
  expect([status, body.error.param]).toEqual([400, param]);
  expect(body.error.message).toContain(message);
});
