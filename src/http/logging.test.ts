import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { JsonLogger } from './logging.js';
import type { ApiRequest } from './request/request.js';
import { requestId } from './request/request-id.js';

type Line = Record<string, unknown>;

let lines: Line[] = [];
const logger = new JsonLogger('info', { write: (line) => void lines.push(JSON.parse(line) as Line) });

let server: Server;
let url: string;
beforeAll(async () => {
  const app = express();
  app.use(requestId, logger.middleware);
  app.get('/fine', (_request, response) => void response.json({}));
  app.get('/metrics', (_request, response) => void response.send(''));
  app.get('/broken', (_request, response) => void response.status(503).json({}));
  app.get('/mine', (request, response) => {
    const tenant = { projectId: 'proj_1', keyId: 'key_1', scopes: [], requestsPerMinute: null };
    (request as unknown as ApiRequest).tenant = tenant;
    response.json({});
  });
  app.get('/never', () => undefined);
  server = createServer(app);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  lines = [];
});

const ask = async (path: string, init: RequestInit = {}): Promise<void> => {
  await (await fetch(url + path, init)).arrayBuffer();
};

test('an answer is one line, which says what was asked and not with what key', async () => {
  await ask('/fine?a=1', { headers: { 'x-request-id': 'mine', authorization: 'Bearer bgh_secret' } });
  await expect.poll(() => lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 30,
    req: { id: 'mine', method: 'GET', url: '/fine?a=1', remoteAddress: '127.0.0.1' },
    res: { statusCode: 200 },
    responseTime: expect.any(Number),
    msg: 'GET /fine?a=1 200',
  });
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('an answer to a key names it and its project', async () => {
  await ask('/mine');
  await expect.poll(() => lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ req: { project: 'proj_1', key: 'key_1' } });
});

test('an answer of 500 or above is an error, and what only looks whether the process lives is no line', async () => {
  await ask('/metrics');
  await ask('/broken');
  await expect.poll(() => lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: 50, msg: 'GET /broken 503' });
});

test('a request whose client has gone is a line too', async () => {
  await expect(ask('/never', { signal: AbortSignal.timeout(50) })).rejects.toThrow();
  await expect.poll(() => lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ req: { url: '/never', remoteAddress: '127.0.0.1' } });
});

test('texts, errors and objects are written with what logs them', () => {
  logger.log('ready', 'Api');
  logger.error(new TypeError('no'), undefined, 'Api');
  logger.error({ err: new Error('lost'), requestId: 'mine' }, 'it failed', 'Api');
  logger.error('failed', 'Error: failed\n    at x', 'Api');
  logger.debug('not at this level', 'Api');
  expect(lines).toMatchObject([
    { level: 30, context: 'Api', msg: 'ready' },
    { level: 50, context: 'Api', err: { type: 'TypeError', message: 'no' } },
    { level: 50, context: 'Api', requestId: 'mine', err: { message: 'lost' }, msg: 'it failed' },
    { level: 50, context: 'Api', stack: 'Error: failed\n    at x', msg: 'failed' },
  ]);
});
