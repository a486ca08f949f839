import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { HttpTool, type HttpToolOptions } from './http.js';
import { ToolServer } from '../../test/support/tool-server.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const definition = {
  name: 'weather',
  description: 'The weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer', maximum: 7 } },
    required: ['city', 'days'],
  },
};

let server: ToolServer;
beforeEach(async () => {
  server = await ToolServer.open();
});
afterEach(() => server.close());

const never = new AbortController().signal;
const toolWith = (changes: Partial<HttpToolOptions> = {}) =>
  new HttpTool({
    definition,
    url: new URL(server.url),
    secret: SECRET,
    timeoutS: 5,
    job: 'run_1',
    outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
    ...changes,
  });
const call = (tool = toolWith(), given: Record<string, unknown> = { city: 'Lima', days: 2 }, signal = never) =>
  tool.call({ name: 'weather', arguments: given, id: '3/0/1/2', previous: ['3/0/0/1'], example: 0 }, signal);
const answers = (status: number, body = '', headers = {}) => {
  server.answer = (_, response) => void response.writeHead(status, headers).end(body);
};

test('a call is one signed POST, and its answer is the text', async () => {
  expect(await call()).toEqual({ kind: 'ok', text: 'called with {"city":"Lima","days":2}' });
  const [{ body, text, headers }] = server.heard as [(typeof server.heard)[0]];
  expect(body).toEqual({
    job: 'run_1',
    call: '3/0/1/2',
    previous: ['3/0/0/1'],
    name: 'weather',
    arguments: { city: 'Lima', days: 2 },
  });
  expect(headers['webhook-id']).toBe('run_1/3/0/1/2');
  expect(new Webhook(SECRET).verify(text, headers)).toEqual(body);
  expect(() => new Webhook(SECRET).verify(`${text} `, headers)).toThrow('No matching signature');
  expect(JSON.stringify(server.heard)).not.toContain(SECRET);
});

test('a secret that is any text signs with its bytes', async () => {
  await call(toolWith({ secret: 'plain-text' }));
  const { text, headers } = server.heard[0]!;
  expect(() => new Webhook('plain-text', { format: 'raw' }).verify(text, headers)).not.toThrow();
});

test('without a secret nothing is signed, and plain text is taken as it is', async () => {
  answers(200, '22 °C', { 'content-type': 'text/plain' });
  expect(await call(toolWith({ secret: null }))).toEqual({ kind: 'ok', text: '22 °C' });
  expect(Object.keys(server.heard[0]!.headers).filter((name) => name.startsWith('webhook'))).toEqual([]);
});

test('arguments that are not what the schema asks for go back to the model, and not to the server', async () => {
  expect(await call(toolWith(), { days: 9 })).toEqual({
    kind: 'program_error',
    text: "weather: arguments must have required property 'city', arguments/days must be <= 7",
  });
  expect(server.heard).toEqual([]);
});

test('what the server refuses is shown to the model, unless the tool itself is set up wrongly', async () => {
  answers(422, '{"text": "no such city"}', { 'content-type': 'application/json' });
  expect(await call()).toEqual({ kind: 'program_error', text: 'no such city' });
  answers(400);
  expect(await call()).toEqual({ kind: 'program_error', text: 'The call was refused (400)' });
  for (const status of [401, 403, 404, 302, 500]) {
    answers(status, 'because');
    expect(await call()).toEqual({
      kind: 'infra_error',
      message: `weather: 127.0.0.1:${server.port} answered ${status}: because`,
    });
  }
  expect(server.heard).toHaveLength(7);
});

test('what passes is tried again with the same id, and signed anew', async () => {
  const statuses = [503, 429];
  const { answer } = server;
  server.answer = (heard, response) => {
    const status = statuses.shift();
    if (status === undefined) answer(heard, response);
    else if (status === 429) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.socket?.destroy();
  };
  const startedAt = performance.now();
  expect(await call()).toMatchObject({ kind: 'ok' });
  expect(performance.now() - startedAt).toBeGreaterThan(1200);
  expect(server.heard.map(({ headers }) => headers['webhook-id'])).toEqual(
    Array.from({ length: 3 }, () => 'run_1/3/0/1/2'),
  );
});

test('a server that is not there yet is waited for', async () => {
  const { port } = server;
  const tool = toolWith();
  await server.close();
  const asked = call(tool);
  setTimeout(() => void ToolServer.open(port).then((opened) => (server = opened)), 400);
  expect(await asked).toMatchObject({ kind: 'ok' });
});

test('nothing takes longer than the limit of the call', async () => {
  answers(503, 'busy');
  expect(await call(toolWith({ timeoutS: 0.5 }))).toEqual({
    kind: 'infra_error',
    message: `weather: 127.0.0.1:${server.port} answered 503: busy`,
  });
  server.answer = () => undefined;
  expect(await call(toolWith({ timeoutS: 0.3 }))).toEqual({
    kind: 'infra_error',
    message: `weather: 127.0.0.1:${server.port} did not answer within 0.3 s`,
  });
  server.answer = (_, response) => void response.writeHead(200).write('half');
  expect(await call(toolWith({ timeoutS: 0.3 }))).toMatchObject({ message: expect.stringContaining('within 0.3 s') });
});

test('who stops the work is not kept waiting', async () => {
  const stop = new AbortController();
  server.answer = () => stop.abort(new Error('cancelled'));
  await expect(call(toolWith(), undefined, stop.signal)).rejects.toThrow('cancelled');
});

test('an answer without end is not read to its end', async () => {
  server.answer = (_, response) => void response.end(Buffer.alloc(2 ** 20 + 1, 'x'));
  expect(await call()).toEqual({
    kind: 'infra_error',
    message: `weather: 127.0.0.1:${server.port}: it sent more than 1048576 bytes`,
  });
});

test('an address that the operator has not allowed is not called', async () => {
  expect(await call(toolWith({ outgoing: new Outgoing(new AddressGuard()) }))).toEqual({
    kind: 'infra_error',
    message: 'weather: 127.0.0.1 is not a public address: the operator can allow its network with ALLOWED_NETWORKS',
  });
  expect(server.heard).toEqual([]);
});
