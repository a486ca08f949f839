import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AddressGuard } from './address-guard.js';
import { Outgoing } from './outgoing.js';

let server: Server;
let url: URL;
let heard: { url: string; method: string; authorization: string | undefined; body: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(async () => {
  heard = [];
  answer = (_, response) => void response.end('hello');
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      heard.push({ url: `${headers.host?.split(':')[0]}${path}`, method, authorization: headers.authorization, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/tool`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const local = new Outgoing(new AddressGuard(['127.0.0.0/8', '::1']));
const { signal } = new AbortController();
const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
const post = (outgoing = local, limit = signal) =>
  outgoing.fetch(url, { method: 'POST', headers, body: '{}', signal: limit });
const redirect = (status: number, location: string) => {
  answer = ({ url: path }, response) =>
    path === '/tool' ? void response.writeHead(status, { location }).end() : void response.end('there');
};

test('an address that is not permitted is not connected to, and one that the operator allows or has named is', async () => {
  await expect(post(new Outgoing(new AddressGuard()))).rejects.toMatchObject({
    name: 'Refusal',
    message: '127.0.0.1 is not a public address: the operator can allow its network with ALLOWED_NETWORKS',
  });
  expect(heard).toEqual([]);
  expect(await (await post()).text()).toBe('hello');
  expect(await (await post(new Outgoing(new AddressGuard(), '127.0.0.1'))).text()).toBe('hello');
});

test('a redirect that keeps the request is followed, without the authorization to another origin', async () => {
  redirect(307, `http://localhost:${url.port}/moved`);
  expect(await (await post()).text()).toBe('there');
  expect(heard).toEqual([
    { url: '127.0.0.1/tool', method: 'POST', authorization: 'Bearer secret', body: '{}' },
    { url: 'localhost/moved', method: 'POST', authorization: undefined, body: '{}' },
  ]);
});

test('a redirect to an address that is not permitted is refused, also from one that is', async () => {
  redirect(308, `http://169.254.169.254/latest/meta-data`);
  await expect(post()).rejects.toThrow('169.254.169.254 is not a public address');
});

test('a POST is not made a GET by a redirect', async () => {
  redirect(302, '/moved');
  expect((await post()).status).toBe(302);
  expect(heard).toHaveLength(1);
});

test.each([
  [
    'a status that is none',
    (response: ServerResponse) => response.socket?.end('HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n'),
  ],
  [
    'another protocol',
    (response: ServerResponse) => response.socket?.end('HTTP/1.1 101 No\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
  ],
  ['nothing', (response: ServerResponse) => response.destroy()],
])('a server that answers %s is unreachable', async (_, act) => {
  answer = (_request, response) => void act(response);
  await expect(post()).rejects.toMatchObject({ name: 'Unreachable' });
});

test('who stops the work is not kept waiting, before the answer and within it', async () => {
  answer = () => undefined;
  await expect(post(local, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' });
  answer = (_, response) => void response.writeHead(200, { 'content-length': 10 }).write('half');
  const half = await post(local, AbortSignal.timeout(500));
  await expect(half.text()).rejects.toThrow();
});
