import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMMIT, HubServer } from '../../../../test/support/hub-server.js';
import { AddressGuard } from '../../../outgoing/address-guard.js';
import { Hub } from './hub.js';

const limits = {
  answerMs: 300,
  idleMs: 300,
  paceMs: 10_000,
  minBytesPerS: 1024,
  tries: 3,
  firstWaitMs: 1,
  maxWaitMs: 20,
};
const weights = Buffer.alloc(300_000, 'weights');

let folder: string;
let server: HubServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bough-hub-'));
  await writeFile(join(folder, 'config.json'), '{}');
  await writeFile(join(folder, 'model.safetensors'), weights);
  server = await HubServer.open({ folder, repo: 'owner/tiny', token: 'hf_secret' });
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function hub(token: string | null = 'hf_secret', signal = new AbortController().signal, changes = {}): Hub {
  return new Hub({
    endpoint: `${server.url}/`,
    token,
    signal,
    guard: new AddressGuard(),
    limits: { ...limits, ...changes },
  });
}

async function download(name: string, from = hub()): Promise<Buffer> {
  const repository = await from.repository('owner/tiny', 'main');
  const file = repository.files.find((one) => one.name === name);
  if (!file) throw new Error(`no file ${name}`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of from.download(repository, file)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('a revision is resolved to its commit, and files are those of the commit', async () => {
  const { commit, files } = await hub().repository('owner/tiny', 'refs/pr/1');
  expect(commit).toBe(COMMIT);
  expect(files.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    ['config.json', 2],
    ['model.safetensors', weights.length],
  ]);
  expect(await download('config.json')).toEqual(await readFile(join(folder, 'config.json')));
  expect(server.asked.at(-1)?.path).toBe(`/owner/tiny/resolve/${COMMIT}/config.json`);
});

test('the token goes to the hub, and to nobody whom the hub redirects to', async () => {
  expect((await download('model.safetensors')).equals(weights)).toBe(true);
  expect(server.asked.map((one) => [one.server, one.authorization])).toEqual([
    ['hub', 'Bearer hf_secret'],
    ['hub', 'Bearer hf_secret'],
    ['network', undefined],
  ]);
});

test('a download goes on where it broke off', async () => {
  let cuts = 2;
  server.interfere = (name, { headers }, response) => {
    if (name !== 'network' || cuts-- <= 0) return false;
    const from = Number(/=(\d+)/.exec(headers.range ?? '=0')?.[1]);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': weights.length - from });
    response.write(weights.subarray(from, from + 100_000), () => response.destroy());
    return true;
  };
  expect((await download('model.safetensors')).equals(weights)).toBe(true);
  const ranges = server.asked.filter((one) => one.server === 'network').map(({ range }) => range);
  expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
});

test('nothing is asked for once all bytes are there, however the connection ended', async () => {
  server.interfere = (name, _, response) => {
    if (name !== 'network') return false;
    // A longer file is announced than comes, so that the end is a lost connection.
    response.writeHead(200, { 'content-length': weights.length + 1 });
    response.write(weights, () => response.destroy());
    return true;
  };
  expect((await download('model.safetensors')).equals(weights)).toBe(true);
  expect(server.asked.filter((one) => one.server === 'network')).toHaveLength(1);
});

test('a hub that trickles is given up, also when it breaks off again and again', async () => {
  const timers: NodeJS.Timeout[] = [];
  const slow = { paceMs: 400, minBytesPerS: 1000 };
  server.interfere = (name, _, response) => {
    if (name !== 'network') return false;
    response.writeHead(206, { 'content-length': weights.length });
    timers.push(setInterval(() => response.destroyed || response.write('x'), 20));
    if (timers.length < 4) timers.push(setTimeout(() => response.destroy(), 60));
    return true;
  };
  const trickling = download('model.safetensors', hub('hf_secret', new AbortController().signal, slow));
  await expect(trickling).rejects.toMatchObject({
    code: 'HUB_UNAVAILABLE',
    message: expect.stringContaining('fewer than 1000 bytes per second came for 0.4 s') as string,
  });
  for (const timer of timers) clearInterval(timer);
  expect(server.asked.filter((one) => one.server === 'network').length).toBeGreaterThan(1);
});

test('a listing without end is not read to its end', async () => {
  server.interfere = (_name, _request, response) => {
    response.end(Buffer.alloc(2 ** 24 + 1, ' '));
    return true;
  };
  await expect(hub().repository('owner/tiny', 'main')).rejects.toThrow('its listing has more than 16777216 bytes');
});

test('a file that is not given out is named', async () => {
  const repository = await hub().repository('owner/tiny', 'main');
  const ask = async (status: number) => {
    server.interfere = (_name, _request, response) => {
      response.writeHead(status).end('hf_secret');
      return true;
    };
    const file = { name: 'config.json', sizeBytes: 2, sha256: null };
    for await (const chunk of hub().download(repository, file)) expect(chunk).toBeNull();
  };
  await expect(ask(403)).rejects.toThrow(`${server.url} does not give out config.json of owner/tiny (403)`);
  await expect(ask(451)).rejects.toThrow(`${server.url} cannot be used now: it answered 451`);
});

test('a connection that breaks off each time is given up with its reason', async () => {
  server.interfere = (name, { headers }, response) => {
    if (name !== 'network') return false;
    response.writeHead(headers.range === undefined ? 200 : 206, { 'content-length': weights.length });
    response.flushHeaders();
    setTimeout(() => response.destroy(), 10);
    return true;
  };
  await expect(download('model.safetensors')).rejects.toThrow(
    /^http:\/\/127\.0\.0\.1:\d+ cannot be used now: 127\.0\.0\.1:\d+ broke off \(.+\); post the model again later$/,
  );
});

test('a hub without ranges begins again, and what is there already is passed over', async () => {
  let cuts = 1;
  server.interfere = (name, _, response) => {
    if (name !== 'network') return false;
    response.writeHead(200, { 'content-length': weights.length });
    if (cuts-- > 0) response.write(weights.subarray(0, 100_000), () => response.destroy());
    else response.end(weights);
    return true;
  };
  expect((await download('model.safetensors')).equals(weights)).toBe(true);
});

test('failures that pass are tried again, and given up in the end', async () => {
  let failures = 2;
  server.interfere = (_name, _request, response) => {
    if (failures-- <= 0) return false;
    response.writeHead(503, { 'retry-after': '1' }).end('try again with hf_secret');
    return true;
  };
  expect((await download('config.json')).toString()).toBe('{}');
  failures = Infinity;
  await expect(hub().repository('owner/tiny', 'main')).rejects.toMatchObject({
    code: 'HUB_UNAVAILABLE',
    message: `${server.url} cannot be used now: ${new URL(server.url).host} answered 503; post the model again later`,
  });
});

test('nothing is waited for longer than its limit', async () => {
  server.interfere = () => true;
  await expect(hub().repository('owner/tiny', 'main')).rejects.toThrow('no answer from 127.0.0.1');
  server.interfere = (name, _, response) => {
    if (name === 'network') response.writeHead(200, { 'content-length': 10 }).write('half');
    return name === 'network';
  };
  await expect(download('model.safetensors')).rejects.toThrow('nothing came for 0.3 s');
});

test('who stops the work is not kept waiting', async () => {
  const stop = new AbortController();
  server.interfere = () => {
    stop.abort(new Error('cancelled'));
    return true;
  };
  await expect(hub('hf_secret', stop.signal).repository('owner/tiny', 'main')).rejects.toThrow('cancelled');
});

test.each([
  [{ size: 299_999 }, 'model.safetensors has 300000 bytes, and the hub announced 299999'],
  [{ sha256: '0'.repeat(64) }, 'model.safetensors was damaged on its way: its sha256 is '],
])('bytes that are not what was announced (%j) are refused', async (claim, message) => {
  server.claims = { 'model.safetensors': claim };
  await expect(download('model.safetensors')).rejects.toThrow(message);
});

test('a file that stays too short is given up', async () => {
  server.claims = { 'model.safetensors': { size: 300_001 } };
  server.interfere = (name, { headers }, response) => {
    if (name !== 'network' || headers.range === undefined) return false;
    response.writeHead(206, { 'content-length': 0 }).end();
    return true;
  };
  await expect(download('model.safetensors')).rejects.toThrow('model.safetensors ended early');
});

test.each([
  ['no token', null, 'main', 'has no repository owner/tiny with a revision main, or it is private: check the name'],
  ['a wrong token', 'hf_wrong', 'main', 'or the token may not read it'],
  ['no such revision', 'hf_secret', 'v9', 'owner/tiny has no revision v9: give a branch, a tag or a commit'],
])('%s is said so', async (_, token, revision, message) => {
  const asked = hub(token).repository('owner/tiny', revision);
  await expect(asked).rejects.toMatchObject({ code: 'MODEL_UNREADABLE', message: expect.stringContaining(message) });
  await asked.catch((error: Error) => expect(error.message).not.toContain('hf_'));
});

test('a gated repository is named with what to do', async () => {
  server.interfere = (_name, _request, response) => {
    response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end();
    return true;
  };
  await expect(hub().repository('owner/tiny', 'main')).rejects.toThrow(
    `owner/tiny is gated: accept its terms at ${server.url}/owner/tiny, and give a token that may read it`,
  );
});

test.each([
  ['ftp://127.0.0.1/x', 'a redirect to ftp://127.0.0.1, which is not safe'],
  ['/loop', 'more than 5 redirects'],
])('a redirect to %s is not followed', async (location, message) => {
  server.interfere = (_name, _request, response) => {
    response.writeHead(302, { location }).end();
    return true;
  };
  await expect(hub().repository('owner/tiny', 'main')).rejects.toThrow(message);
});

test('what is no hub is named, and so is one that is not there', async () => {
  server.interfere = (_name, _request, response) => {
    response.end('<html>');
    return true;
  };
  await expect(hub().repository('owner/tiny', 'main')).rejects.toThrow(
    'does not answer as the Hub does; is HF_ENDPOINT',
  );
  const gone = createServer().listen(0);
  const { port } = gone.address() as AddressInfo;
  gone.close();
  const nobody = new Hub({
    endpoint: `http://127.0.0.1:${port}`,
    token: null,
    signal: new AbortController().signal,
    guard: new AddressGuard(),
    limits,
  });
  await expect(nobody.repository('a/b', 'main')).rejects.toThrow(`127.0.0.1:${port} cannot be reached (ECONNREFUSED)`);
});

const loopback = [
  '127.0.0.2',
  '127.1.1.1',
  '2130706434',
  '0x7f000002',
  '017700000002',
  '127.2',
  '0x7f.2',
  '0177.0.0.2',
];
const others = ['0.0.0.0', '0', '10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1', '169.254.169.254', 'localhost'];
const sixes = ['[::1]', '[::]', '[::ffff:127.0.0.2]', '[::ffff:7f00:2]', '[64:ff9b::7f00:2]', '[fd00::1]', '[fe80::1]'];

test.each([...loopback, ...others, ...sixes])('a redirect to %s is refused and not followed', async (host) => {
  server.interfere = (name, _request, response) => {
    if (name === 'hub') response.writeHead(302, { location: `http://${host}:${new URL(server.url).port}/x` }).end();
    return name === 'hub';
  };
  await expect(hub().repository('owner/tiny', 'main')).rejects.toThrow('is not a public address');
  expect(server.asked).toHaveLength(1);
});
