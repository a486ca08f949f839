import { once } from 'node:events';
import { createServer, request, type ClientRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import express, { type Request } from 'express';
import { expect, test } from 'vitest';
import { AppError } from '../../errors/app-error.js';
import { requestBody, type BodyLimits } from './request-body.js';

const LIMITS: BodyLimits = { what: 'file', bytes: 1000, setting: 'MAX', time: { totalMs: 5000 } };

/** Sends a request, and answers how many bytes came of its body or the code of the error that came instead. */
async function received(
  limits: Partial<BodyLimits>,
  headers: Record<string, string | number>,
  send: (to: ClientRequest) => void,
): Promise<unknown> {
  let outcome: unknown;
  const app = express();
  const done = new Promise<void>((resolve) => {
    app.use(async (given: Request, response) => {
      const unreadable = (reason: string) => new AppError('INVALID_UPLOAD', { reason });
      try {
        outcome = (await buffer(requestBody(given, { ...LIMITS, ...limits }, unreadable))).length;
      } catch (error) {
        outcome = error instanceof AppError ? error.code : error;
      }
      response.end();
      resolve();
    });
  });
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = request({ port, host: '127.0.0.1', method: 'POST', headers });
  client.on('error', () => undefined);
  send(client);
  await done;
  client.destroy();
  server.close();
  return outcome;
}

test('a body comes as it is, or unpacked', async () => {
  expect(await received({}, {}, (to) => to.end('x'.repeat(1000)))).toBe(1000);
  expect(await received({}, { 'content-encoding': 'gzip' }, (to) => to.end(gzipSync('x'.repeat(900))))).toBe(900);
});

test.each([
  [
    'says that it is too large',
    {},
    { 'content-length': 1001 },
    (to: ClientRequest) => to.flushHeaders(),
    'PAYLOAD_TOO_LARGE',
  ],
  ['is too large', {}, {}, (to: ClientRequest) => to.write('x'.repeat(1001)), 'PAYLOAD_TOO_LARGE'],
  [
    'is too large unpacked',
    {},
    { 'content-encoding': 'gzip' },
    (to: ClientRequest) => to.end(gzipSync('x'.repeat(1001))),
    'PAYLOAD_TOO_LARGE',
  ],
  [
    'is not what it is said to be',
    {},
    { 'content-encoding': 'gzip' },
    (to: ClientRequest) => to.end('x'),
    'INVALID_UPLOAD',
  ],
  [
    'ends half-way in its packing',
    {},
    { 'content-encoding': 'gzip' },
    (to: ClientRequest) => to.end(gzipSync('x'.repeat(900)).subarray(0, 20)),
    'INVALID_UPLOAD',
  ],
  [
    'is packed in an unknown way',
    {},
    { 'content-encoding': 'zstd' },
    (to: ClientRequest) => to.end('x'),
    'UNSUPPORTED_ENCODING',
  ],
  ['takes too long', { time: { totalMs: 100 } }, {}, (to: ClientRequest) => to.write('x'), 'REQUEST_TOO_SLOW'],
  [
    'is cut off',
    {},
    {},
    (to: ClientRequest) => to.write('x', () => setTimeout(() => to.destroy(), 50)),
    'INVALID_UPLOAD',
  ],
] as const)('a body that %s fails', async (_, limits, headers, send, code) => {
  expect(await received(limits, headers, (to) => void send(to))).toBe(code);
});

/** Ten bytes every 30 ms, and then the end. */
function trickle(to: ClientRequest, times: number): void {
  let sent = 0;
  const timer = setInterval(() => {
    to.write('x'.repeat(10));
    if (++sent < times) return;
    clearInterval(timer);
    to.end();
  }, 30);
}

test('a slow body may take its time as long as it keeps the pace', async () => {
  const pace = (bytes: number) => ({ time: { bytes, perMs: 200 } });
  expect(await received(pace(10), {}, (to) => trickle(to, 20))).toBe(200);
  expect(await received(pace(500), {}, (to) => trickle(to, 20))).toBe('REQUEST_TOO_SLOW');
});
