import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const support = join(import.meta.dirname, '../../test/support');

let server: ChildProcess;
let url: string;
let words = '';
beforeAll(async () => {
  const args = ['--import', join(support, 'typescript.mjs'), join(support, 'faulty-server.ts')];
  server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (words += chunk.toString()));
  await Promise.race([once(server.stdout ?? server, 'data'), once(server, 'exit')]);
  url = `http://127.0.0.1:${/^\d+$/m.exec(words)?.[0]}`;
}, 70_000);
afterAll(() => server.kill());

test.each([
  ['GET', '/timer'],
  ['GET', '/tick'],
  ['GET', '/rejection'],
  ['POST', '/data'],
])(
  'what %s %s throws where nothing catches it is answered with 500, and the next request is served',
  async (method, path) => {
    const response = await fetch(url + path, { method, ...(method === 'POST' ? { body: 'x' } : {}) });
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: expect.objectContaining({ code: 'internal' }) },
    ]);
    expect((await fetch(`${url}/fine`)).status).toBe(200);
  },
);

test('an answer that has begun is cut off', async () => {
  const response = await fetch(`${url}/half`);
  await expect(response.text()).rejects.toThrow();
  expect((await fetch(`${url}/fine`)).status).toBe(200);
});

test('what belongs to no request ends the process, and says so', async () => {
  const ended = once(server, 'exit');
  server.stdin?.write('now\n');
  expect(await ended).toEqual([1, null]);
  expect(words).toContain('An error outside of any request: this process ends');
});
