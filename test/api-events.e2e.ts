import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createBough } from '../openapi/client.js';
import { appendEvent } from '../src/store/events.js';
import { ApiHarness, type Tenant } from './support/api-harness.js';
import { ApiRows } from './support/api-rows.js';

let api: ApiHarness;
let tenant: Tenant;
let rows: ApiRows;
beforeAll(async () => {
  api = await ApiHarness.open();
  tenant = api.tenant;
  rows = new ApiRows(api.dataSource, tenant.projectId);
});
afterAll(() => api.close());

function say(runId: string, message: string): Promise<number> {
  return api.dataSource.transaction((manager) =>
    appendEvent(manager, runId, { level: 'info', type: 'run.log', message }),
  );
}

/** In one transaction, as a worker ends a run. */
function succeed(runId: string): Promise<number> {
  return api.dataSource.transaction(async (manager) => {
    await manager.query(`UPDATE runs SET status = 'succeeded' WHERE id = $1`, [runId]);
    return appendEvent(manager, runId, { level: 'info', type: 'run.succeeded', message: 'done' });
  });
}

function openStream(runId: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${api.url}/v1/runs/${runId}/events`, {
    headers: { authorization: `Bearer ${tenant.key}`, accept: 'text/event-stream', ...headers },
  });
}

const sequences = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

test('events are numbered without gaps, whoever writes them', async () => {
  const run = await rows.run('running');
  await Promise.all(Array.from({ length: 20 }, (_, i) => say(run.id, `event ${i}`)));
  const { body } = await tenant.get(`/v1/runs/${run.id}/events?limit=15`);
  expect(body.data.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
    Array.from({ length: 15 }, (_, i) => i + 1),
  );
  expect(body).toMatchObject({ first_id: '1', last_id: '15', has_more: true });
  const rest = await tenant.get(`/v1/runs/${run.id}/events?after=15`);
  expect(rest.body).toMatchObject({ last_id: '20', has_more: false });
  const newest = await tenant.get(`/v1/runs/${run.id}/events?order=desc&limit=1`);
  expect(newest.body.data[0]).toMatchObject({ object: 'run.event', sequence: 20, level: 'info', type: 'run.log' });
});

test('an event of a transaction that fails never happened', async () => {
  const run = await rows.run('running');
  const failing = api.dataSource.transaction(async (manager) => {
    await appendEvent(manager, run.id, { level: 'info', type: 'run.log', message: 'undone' });
    throw new Error('undo');
  });
  await expect(failing).rejects.toThrow('undo');
  expect(await say(run.id, 'kept')).toBe(1);
});

test('a stream sends the log, then what happens, and ends with the run', async () => {
  const run = await rows.run('running');
  await say(run.id, 'before');
  const response = await openStream(run.id);
  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(response.headers.get('cache-control')).toContain('no-cache');
  const received: string[] = [];
  const started = Date.now();
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    received.push(Buffer.from(chunk).toString());
    if (received.join('').includes('before') && !received.join('').includes('during')) await say(run.id, 'during');
    else if (received.join('').includes('during') && !received.join('').includes('done')) await succeed(run.id);
  }
  // Notified, not polled.
  expect(Date.now() - started).toBeLessThan(2500);
  const text = received.join('');
  expect(sequences(text)).toEqual([1, 2, 3]);
  expect(text).toContain('id: 3\nevent: run.succeeded\ndata: {');
  const [, json = ''] = /^data: (.*during.*)$/m.exec(text) ?? [];
  expect(JSON.parse(json)).toMatchObject({ object: 'run.event', run_id: run.id, sequence: 2, message: 'during' });
});

test('Last-Event-ID continues a stream, and after the last event there is nothing more', async () => {
  const run = await rows.run('running');
  for (const message of ['one', 'two', 'three']) await say(run.id, message);
  await succeed(run.id);
  expect(sequences(await (await openStream(run.id, { 'last-event-id': '2' })).text())).toEqual([3, 4]);
  // By the specification of event streams an empty id is none.
  expect(sequences(await (await openStream(run.id, { 'last-event-id': '' })).text())).toEqual([1, 2, 3, 4]);
  const over = await openStream(run.id, { 'last-event-id': '4' });
  expect(over.status).toBe(204);
  expect((await openStream('run_none')).status).toBe(404);
});

test('a stream ends when its key is revoked, soon and before more is sent', async () => {
  const run = await rows.run('running');
  const { body: key } = await tenant.post('/v1/keys', { name: 'short' });
  await say(run.id, 'before');
  const { body } = await openStream(run.id, { authorization: `Bearer ${key.key}` });
  const chunks = (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('before')) text += (await chunks.read()).value ?? '';
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    await tenant.delete(`/v1/keys/${key.id}`);
    vi.setSystemTime(Date.now() + 16_000);
    await say(run.id, 'after');
    for (let chunk = await chunks.read(); !chunk.done; chunk = await chunks.read()) text += chunk.value;
    expect(sequences(text)).toEqual([1]);
  } finally {
    vi.useRealTimers();
  }
});

test('the client follows a run through lost connections: every event once, in order, to the end', async () => {
  const run = await rows.run('running');
  const proxy = await flakyProxy(api.url);
  const bough = createBough({ baseUrl: proxy.url, apiKey: tenant.key });
  const writing = (async () => {
    for (let i = 1; i <= 12; i++) {
      await say(run.id, `event ${i}`);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await succeed(run.id);
  })();
  const seen: number[] = [];
  for await (const event of bough.runEvents(run.id)) {
    seen.push(event.sequence);
    if (event.sequence % 5 === 0) proxy.cut();
  }
  await writing;
  expect(seen).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
  expect(proxy.connections()).toBeGreaterThanOrEqual(2);
  expect(await collect(bough.runEvents(run.id, { after: 11 }))).toEqual([12, 13]);
  expect(await collect(bough.runEvents(run.id, { after: 13 }))).toEqual([]);
  await expect(collect(bough.runEvents('run_none'))).rejects.toMatchObject({ name: 'BoughError', status: 404 });
  const stop = AbortSignal.timeout(100);
  const quiet = await rows.run('running');
  await expect(collect(bough.runEvents(quiet.id, { signal: stop }))).rejects.toThrow();
  proxy.server.close();
  proxy.cut();
});

test('many listeners to a run share one look at the log for each event', async () => {
  const run = await rows.run('running');
  const listeners = await Promise.all(Array.from({ length: 50 }, () => openStream(run.id)));
  const texts = listeners.map((response) => response.text());
  await sleep(500);
  const before = await transactions();
  for (let i = 0; i < 20; i++) {
    await say(run.id, `event ${i}`);
    await sleep(50);
  }
  await succeed(run.id);
  const all = await Promise.all(texts);
  for (const text of all) expect(sequences(text)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  // One that writes and one that reads, with room for polling and for listeners that begin late; two per listener would be 2100.
  expect((await transactions()) - before).toBeLessThan(400);
});

test('a listener far behind the others gets everything, and one that does not read holds nobody up', async () => {
  const run = await rows.run('running');
  const stalled = await openStream(run.id);
  const quick = openStream(run.id).then((response) => response.text());
  const message = 'x'.repeat(20_000);
  for (let i = 0; i < 300; i++) await say(run.id, message);
  await succeed(run.id);
  const everything = Array.from({ length: 301 }, (_, i) => i + 1);
  expect(sequences(await quick)).toEqual(everything);
  expect(sequences(await (await openStream(run.id)).text())).toEqual(everything);
  expect(sequences(await stalled.text())).toEqual(everything);
});

test('a client that does not read does not hold up the shutdown', async () => {
  const draining = await ApiHarness.open({ SHUTDOWN_TIMEOUT_S: '20' });
  const run = await new ApiRows(draining.dataSource, draining.tenant.projectId).run('running');
  await draining.dataSource.transaction(async (manager) => {
    for (let i = 0; i < 200; i++) {
      await appendEvent(manager, run.id, { level: 'info', type: 'run.log', message: 'x'.repeat(100_000) });
    }
  });
  const response = await fetch(`${draining.url}/v1/runs/${run.id}/events`, {
    headers: { authorization: `Bearer ${draining.tenant.key}`, accept: 'text/event-stream' },
  });
  await sleep(500);
  const started = Date.now();
  await draining.shutDown();
  expect(Date.now() - started).toBeLessThan(6000);
  await response.body?.cancel().catch(() => undefined);
  await draining.close();
});

/** Of this test's database, as PostgreSQL has counted them a moment later. */
async function transactions(): Promise<number> {
  await sleep(1500);
  const [row] = await api.dataSource.query<{ count: string }[]>(
    'SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.count);
}

test('streams end when the server shuts down, and a client that waits for a run gets it', async () => {
  const draining = await ApiHarness.open();
  const run = await new ApiRows(draining.dataSource, draining.tenant.projectId).run('running');
  const response = await fetch(`${draining.url}/v1/runs/${run.id}/events`, {
    headers: { authorization: `Bearer ${draining.tenant.key}`, accept: 'text/event-stream' },
  });
  const waiting = draining.tenant.bough.waitForRun(run.id, { everyMs: 20 });
  await draining.dataSource.query(`UPDATE runs SET status = 'failed' WHERE id = $1`, [run.id]);
  expect((await waiting).status).toBe('failed');
  await draining.dataSource.query(`UPDATE runs SET status = 'running' WHERE id = $1`, [run.id]);
  const started = Date.now();
  await Promise.all([draining.shutDown(), response.text()]);
  expect(Date.now() - started).toBeLessThan(5000);
  await draining.close();
});

async function collect(events: AsyncIterable<{ sequence: number }>): Promise<number[]> {
  const seen: number[] = [];
  for await (const { sequence } of events) seen.push(sequence);
  return seen;
}

/** Passes requests on, and cuts all connections when told to. */
async function flakyProxy(
  target: string,
): Promise<{ server: Server; url: string; cut: () => void; connections: () => number }> {
  let connections = 0;
  const server = createServer((incoming, outgoing) => {
    const onward = forward(
      `${target}${incoming.url}`,
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server,
    url: `http://127.0.0.1:${port}`,
    cut: () => server.closeAllConnections(),
    connections: () => connections,
  };
}
