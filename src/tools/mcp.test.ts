import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { McpTool, type McpToolOptions } from './mcp.js';
import { EverythingServer } from '../../test/support/everything-server.js';

let server: EverythingServer;
beforeAll(async () => {
  server = await EverythingServer.open();
});
afterAll(() => server.stop());

const never = new AbortController().signal;
const opened: McpTool[] = [];
async function open(changes: Partial<McpToolOptions> = {}): Promise<McpTool> {
  const outgoing = new Outgoing(new AddressGuard(['127.0.0.0/8']));
  const defaults = { url: new URL(server.url), secret: null, timeoutS: 10, outgoing, allow: null, pinned: null };
  const tool = await McpTool.open({ ...defaults, ...changes }, never);
  opened.push(tool);
  return tool;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((tool) => tool.close()));
});

const call = (tool: McpTool, name: string, given: Record<string, unknown>, signal = never) =>
  tool.call({ name, arguments: given, id: '1/0/0/0', previous: [], example: 0 }, signal);
const namesOf = ({ definitions }: McpTool) => definitions.map(({ name }) => name);

test('a server’s tools are offered as it describes them, all or those that are allowed', async () => {
  expect(namesOf(await open())).toEqual(expect.arrayContaining(['echo', 'get-sum', 'get-tiny-image']));
  const some = await open({ allow: ['get-sum', 'echo'] });
  expect(namesOf(some).toSorted()).toEqual(['echo', 'get-sum']);
  expect(some.definitions.find(({ name }) => name === 'get-sum')).toMatchObject({
    description: 'Returns the sum of two numbers',
    parameters: { type: 'object', properties: { a: { type: 'number' } }, required: ['a', 'b'] },
  });
  await expect(open({ allow: ['nothing'] })).rejects.toThrow(/^it has no tool nothing: it has .*get-sum/);
});

test('calls are answered, at the same time too, and what is no text is named', async () => {
  const tool = await open();
  const sums = await Promise.all([1, 2, 3].map((a) => call(tool, 'get-sum', { a, b: 10 })));
  expect(sums.map((sum) => sum.kind === 'ok' && /\d+\.?$/.exec(sum.text)?.[0].replace('.', ''))).toEqual([
    '11',
    '12',
    '13',
  ]);
  expect(await call(tool, 'echo', { message: 'hello' })).toEqual({ kind: 'ok', text: 'Echo: hello' });
  expect(await call(tool, 'get-tiny-image', {})).toMatchObject({
    kind: 'ok',
    text: expect.stringContaining('[image]'),
  });
});

test('arguments that are not what the schema asks for go back to the model', async () => {
  expect(await call(await open(), 'get-sum', { a: 'one' })).toEqual({
    kind: 'program_error',
    text: "get-sum: arguments must have required property 'b', arguments/a must be number",
  });
});

test('a call that takes too long ends with its limit, and one that is stopped at once', async () => {
  const tool = await open({ timeoutS: 1 });
  expect(await call(tool, 'trigger-long-running-operation', { duration: 20, steps: 2 })).toEqual({
    kind: 'infra_error',
    message: `trigger-long-running-operation: ${new URL(server.url).host} did not answer within 1 s`,
  });
  const stop = new AbortController();
  const stopped = call(await open(), 'trigger-long-running-operation', { duration: 20, steps: 2 }, stop.signal);
  stop.abort(new Error('cancelled'));
  await expect(stopped).rejects.toThrow('cancelled');
});

test('a server that was started again is asked in a new session', async () => {
  const tool = await open({ timeoutS: 20 });
  expect(await call(tool, 'echo', { message: 'before' })).toMatchObject({ kind: 'ok' });
  await server.stop();
  const asked = call(tool, 'echo', { message: 'after' });
  await server.start();
  expect(await asked).toEqual({ kind: 'ok', text: 'Echo: after' });
  await server.stop();
  await server.start();
  expect(await call(tool, 'echo', { message: 'again' })).toEqual({ kind: 'ok', text: 'Echo: again' });
});

test('a run that goes on is offered what it began with, as far as the server still has it', async () => {
  const echo = { name: 'echo', description: 'As it was.', parameters: { type: 'object', required: ['message'] } };
  const tool = await open({ pinned: [echo, { ...echo, name: 'gone' }] });
  expect(tool.definitions).toEqual([echo]);
  expect(await call(tool, 'echo', {})).toMatchObject({ kind: 'program_error' });
});

test('a server that offers nothing cannot be used', async () => {
  await expect(open({ allow: [] })).rejects.toThrow('it offers no tools');
});

/** Answers what is asked by method, as an MCP server that keeps no sessions. */
async function servingJson(answers: Record<string, unknown>): Promise<{ url: URL; close: () => void }> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = Buffer.concat(await request.toArray()).toString();
    const { id, method } = (text === '' ? {} : JSON.parse(text)) as { id?: number; method?: string };
    if (id === undefined || method === undefined)
      return void response.writeHead(request.method === 'GET' ? 405 : 202).end();
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] }));
  };
  const other = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(other.address() as AddressInfo).port}/mcp`);
  return { url, close: () => void other.close(() => undefined) };
}

const initialize = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {} },
  serverInfo: { name: 'x', version: '1' },
};
const sound = { name: 'sound', inputSchema: { type: 'object' } };

test.each([
  [
    [sound, { name: 'odd', inputSchema: { type: 'array' } }],
    'its tool odd is not described as the protocol says: inputSchema.type: expected "object"; mend it, or leave it out with allow',
  ],
  [
    [{ name: 'odd', inputSchema: { type: 'object', required: 'a' } }],
    'its tool odd is not described as the protocol says: inputSchema.required: expected array, received string; mend it',
  ],
  [
    [{ name: 'odd', inputSchema: { type: 'object', properties: { a: { type: 'strng' } } } }],
    'the input schema of its tool odd cannot be used: schema is invalid: data/properties/a/type must be equal to one of',
  ],
  [
    [sound, { inputSchema: {} }],
    'it does not answer as the protocol says: tools.1.name: expected string, received undefined',
  ],
  ['none', 'it does not answer as the protocol says: tools: expected array, received string'],
])('what is wrong with a listing is said in a sentence: %j', async (tools, message) => {
  const other = await servingJson({ initialize, 'tools/list': { tools } });
  try {
    const { message: told } = await open({ url: other.url }).then(
      () => expect.fail(),
      (error: Error) => error,
    );
    expect(told).toContain(message);
    expect(told).not.toContain('\n');
  } finally {
    other.close();
  }
});

test('what is wrong with a tool that is not asked for, and with an answer to a call, is said to nobody who does not meet it', async () => {
  const tools = [sound, { name: 'odd', inputSchema: { type: 'array' } }];
  const other = await servingJson({ initialize, 'tools/list': { tools }, 'tools/call': { content: 'none' } });
  try {
    const tool = await open({ url: other.url, allow: ['sound'] });
    expect(namesOf(tool)).toEqual(['sound']);
    expect(await call(tool, 'sound', {})).toEqual({
      kind: 'infra_error',
      message: 'sound: it does not answer as the protocol says: content: expected array, received string',
    });
  } finally {
    other.close();
  }
});

test('the secret is sent as a bearer token, and what cannot be used says why within the limit', async () => {
  const heard: (string | undefined)[] = [];
  let hangs = false;
  const refusing = createServer(({ headers }, response) => {
    heard.push(headers.authorization);
    if (!hangs) response.writeHead(401).end('who are you?');
  });
  await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(refusing.address() as AddressInfo).port}/mcp`);
  try {
    await expect(open({ url, secret: 'a-secret' })).rejects.toThrow('who are you?');
    expect(heard).toEqual(['Bearer a-secret']);
    hangs = true;
    await expect(open({ url, timeoutS: 0.5 })).rejects.toThrow(`${url.host} did not answer within 0.5 s`);
  } finally {
    refusing.closeAllConnections();
    refusing.close();
  }
  await expect(open({ outgoing: new Outgoing(new AddressGuard()) })).rejects.toThrow(
    '127.0.0.1 is not a public address',
  );
  await expect(open({ url, timeoutS: 0.5 })).rejects.toThrow(`${url.host} cannot be reached (ECONNREFUSED)`);
});
