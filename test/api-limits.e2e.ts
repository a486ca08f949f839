import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiHarness, type RawBody, type Tenant } from './support/api-harness.js';
import { sendRaw } from './support/raw-http.js';

let api: ApiHarness;
let tenant: Tenant;
beforeAll(async () => {
  api = await ApiHarness.open();
  tenant = api.tenant;
});
afterAll(() => api.close());

const POSTS = ['keys', 'models', 'runs', 'runs/preview', 'evaluations', 'exports'];

async function post(path: string, body: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${api.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.key}`, 'content-type': 'application/json' },
    body,
  });
  return { status: response.status, text: await response.text() };
}

test.each(POSTS)('POST /v1/%s refuses what is nested thousands deep', async (path) => {
  for (const body of [
    '['.repeat(2500) + ']'.repeat(2500),
    `{"metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  ]) {
    const { status, text } = await post(path, body);
    expect([status, JSON.parse(text).error.message]).toEqual([
      400,
      expect.stringContaining('nested more than 64 deep'),
    ]);
  }
});

test.each([
  ['unstorable texts', `[${'"\\u0000",'.repeat(440_000)}1]`],
  ['unstorable names', `{${Array.from({ length: 19_000 }, (_, i) => `"\\u0000${i}":0`).join()}}`],
  ['unknown fields', `{${Array.from({ length: 19_000 }, (_, i) => `"x${i}":0`).join()}}`],
  ['one long name', `{"${'n'.repeat(4_000_000)}":0}`],
  [
    'a value that is quoted',
    `{"method":"grpo","model":"${'m'.repeat(2_000_000)}","dataset":"${'d'.repeat(2_000_000)}"}`,
  ],
  ['wrong elements', `{"method":"grpo","model":"m","dataset":"d","tools":[${'1,'.repeat(19_000)}1]}`],
])('an answer about many %s is small, and others are answered meanwhile', async (_, body) => {
  let longestMs = 0;
  const done = new AbortController();
  const watched = (async () => {
    while (!done.signal.aborted) {
      const started = Date.now();
      await sleep(5);
      longestMs = Math.max(longestMs, Date.now() - started);
    }
  })();
  const { status, text } = await post('runs', body);
  done.abort();
  await watched;
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(text.length).toBeLessThan(100_000);
  expect(longestMs).toBeLessThan(2000);
});

test('the first of many problems are told, and how many there are besides', async () => {
  const { text } = await post(
    'runs',
    `{"method":"grpo","model":"m","dataset":"d",${Array.from({ length: 1252 }, (_, i) => `"x${i}":0`).join()}}`,
  );
  const { error } = JSON.parse(text);
  expect(error.problems.at(-1)).toEqual({ path: '', message: 'and 1,234 more' });
});

const head = (method: string, path: string, headers: Record<string, string | number>): string =>
  [`${method} ${path} HTTP/1.1`, 'host: x', ...Object.entries(headers).map((pair) => pair.join(': ')), '', ''].join(
    '\r\n',
  );

test.each(['/v1/runs', '/v1/datasets', '/v1/models'])(
  'POST %s without a key is refused before its body comes',
  async (path) => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'application/x-ndjson']) {
      const answer = await sendRaw(api.url, `${head('POST', path, { 'content-type': type, 'content-length': 1000 })}{`);
      expect([answer.status, answer.body.error.code]).toEqual([401, 'unauthenticated']);
      expect(answer.tookMs).toBeLessThan(2000);
    }
  },
);

test.each([
  ['/v1/runs', 'application/json', 'JSON body'],
  ['/v1/datasets', 'multipart/form-data; boundary=x', 'MAX_UPLOAD_BYTES'],
  ['/v1/datasets', 'application/x-ndjson', 'MAX_UPLOAD_BYTES'],
  ['/v1/models', 'multipart/form-data; boundary=x', 'MAX_MODEL_BYTES'],
])('a body for %s of %s that says that it is too large is refused before it comes', async (path, type, what) => {
  const authorization = `Bearer ${tenant.key}`;
  const headers = { authorization, 'content-type': type, 'content-length': 2 ** 40 };
  const answer = await sendRaw(api.url, head('POST', path, headers));
  expect([answer.status, answer.body.error.code]).toEqual([413, 'payload_too_large']);
  expect(answer.body.error.message).toContain(what);
  expect(answer.tookMs).toBeLessThan(2000);
});

test('a client that waits to be told to go on is told so only when its body is wanted', async () => {
  const headers = { 'content-type': 'application/json', 'content-length': 2, expect: '100-continue' };
  expect((await sendRaw(api.url, head('POST', '/v1/runs', headers))).status).toBe(401);
  const allowed = head('POST', '/v1/runs', { ...headers, authorization: `Bearer ${tenant.key}` });
  await expect(sendRaw(api.url, allowed, 1000)).rejects.toThrow('HTTP/1.1 100 Continue');
});

test('an answer reaches a client that is still sending a body that nobody reads', async () => {
  const response = await fetch(`${api.url}/v1/runs`, {
    method: 'POST',
    headers: { authorization: 'Bearer bgh_unknown', 'content-type': 'application/json' },
    body: 'x'.repeat(20_000_000),
  });
  expect(response.status).toBe(401);
});

test.each([
  ['PUT', '/v1/runs', 'GET, HEAD, POST'],
  ['DELETE', '/v1/runs', 'GET, HEAD, POST'],
  ['PATCH', '/v1/runs/run_1', 'DELETE, GET, HEAD'],
  ['POST', '/v1/runs/run_1', 'DELETE, GET, HEAD'],
  // Not a run whose id is `preview`.
  ['OPTIONS', '/v1/runs/preview', 'POST'],
  ['POST', '/health/live', 'GET, HEAD'],
])('%s %s is answered with the methods that the path has', async (method, path, allow) => {
  const { status, headers, body } = await tenant.send(method, path);
  expect([status, headers.get('allow'), body.error.code]).toEqual([405, allow, 'method_not_allowed']);
  expect(headers.get('x-request-id')).toMatch(/^req_/);
});

test.each([
  ['headers over 16 kB', head('GET', '/v1/runs', { 'x-long': 'x'.repeat(20_000) }), 431, 'headers_too_large'],
  ['an address over 16 kB', head('GET', `/v1/runs?${'x'.repeat(20_000)}`, {}), 431, 'headers_too_large'],
  ['a line that is not HTTP', 'nonsense\r\n\r\n', 400, 'invalid_http'],
  ['a header without a colon', 'GET /v1/runs HTTP/1.1\r\nhost: x\r\nnonsense\r\n\r\n', 400, 'invalid_http'],
  [
    'two lengths',
    'POST /v1/runs HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
    400,
    'invalid_http',
  ],
  ['no host', 'GET /v1/runs HTTP/1.1\r\n\r\n', 401, 'unauthenticated'],
  ['an absolute target', head('GET', 'http://x/v1/runs', {}), 401, 'unauthenticated'],
  ['a target with a host that is none', head('GET', 'http://[/v1/runs', {}), 401, 'unauthenticated'],
  ['a target with no path', head('POST', 'http://x', {}), 404, 'route_not_found'],
  ['a method for proxies', head('CONNECT', 'x:80', {}), 405, 'method_not_allowed'],
  ['an unknown expectation', head('GET', '/v1/runs', { expect: 'tea' }), 401, 'unauthenticated'],
])('a request with %s is answered in JSON', async (_, text, status, code) => {
  const answer = await sendRaw(api.url, text);
  expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  expect(answer.headers).toContain('content-type: application/json');
  expect(answer.headers).toContain('x-request-id: req_');
});

test('an upload whose target has a port that is none is taken by its path', async () => {
  const body = '{ "question": "Q?", "answer": "A" }';
  const headers = {
    authorization: `Bearer ${tenant.key}`,
    'content-type': 'application/x-ndjson',
    'content-length': body.length,
  };
  const answer = await sendRaw(api.url, `${head('POST', 'http://x:99999/v1/datasets?kind=rl', headers)}${body}`);
  expect([answer.status, answer.body.kind]).toEqual([201, 'rl']);
});

test('a body whose chunks are malformed is refused, and the service goes on', async () => {
  const authorization = `Bearer ${tenant.key}`;
  const headers = { authorization, 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  const answer = await sendRaw(api.url, `${head('POST', '/v1/runs', headers)}zz\r\n`);
  expect([answer.status, answer.body.error.type]).toEqual([400, 'invalid_request_error']);
  expect((await tenant.get('/v1/runs')).status).toBe(200);
});

test('JSON in another encoding than UTF-8 is refused, and packed JSON is read', async () => {
  const send = (body: RawBody, headers: Record<string, string>) => tenant.sendRaw('/v1/keys', body, headers);
  const json = { 'content-type': 'application/json' };
  expect((await send(new Uint8Array(Buffer.from('{"name":"\xff"}', 'latin1')), json)).body.error.code).toBe(
    'invalid_json',
  );
  expect((await send('{}', { 'content-type': 'application/json; charset=utf-16' })).status).toBe(415);
  const packed = new Uint8Array(gzipSync('{"name":"packed"}'));
  expect((await send(packed, { ...json, 'content-encoding': 'gzip' })).status).toBe(201);
  expect((await send(packed, { ...json, 'content-encoding': 'zstd' })).body.error.code).toBe('unsupported_encoding');
});
