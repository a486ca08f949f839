import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AddressGuard } from '../../outgoing/address-guard.js';
import { Outgoing } from '../../outgoing/outgoing.js';
import { smallPdf } from '../../../test/support/small-pdf.js';
import { PageReader } from './page-reader.js';

const HTML = { 'content-type': 'text/html; charset=utf-8' };
const ARTICLE = `<html><head><title>Lima</title><script>document.title = 'changed'; while (true) {}</script></head>
  <body><nav><a href="/">Home</a></nav><article><h1>Lima</h1>
  ${'<p>Lima is the capital of Peru, and its largest city, by the sea.</p><p>It has a <b>har</b>bour, and many parks.</p>'.repeat(8)}
  <img src="/image.png"><link rel="stylesheet" href="/style.css"></article><iframe src="/frame"></iframe></body></html>`;
const MB = 2 ** 20;

type Answer = (response: ServerResponse) => void;
const body =
  (headers: Record<string, string>, text: string | Buffer, status = 200): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(text);

const pages: Record<string, Answer> = {
  '/article': body(HTML, ARTICLE),
  '/short': body(HTML, '<body><ul><li>one</li><li>two</li></ul></body>'),
  '/plain': body({ 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from('Málaga', 'latin1')),
  '/declared': body(
    { 'content-type': 'text/html' },
    Buffer.from([
      ...Buffer.from('<meta charset="shift_jis"><body><p>'),
      0x93,
      0x8c,
      0x8b,
      0x9e,
      ...Buffer.from('</p></body>'),
    ]),
  ),
  '/bare': body(HTML, '<!DOCTYPE html>The capital of Chad'),
  '/claimed': body(
    { 'content-type': 'text/html' },
    '<script charset="windows-1251"></script><meta charset="utf-16"><p>Málaga</p>',
  ),
  '/script': body(HTML, '<script>'),
  '/pdf': body(
    { 'content-type': 'application/pdf' },
    smallPdf(['Lima is the capital', ...Array<string>(70).fill('word '.repeat(10))]),
  ),
  '/broken-pdf': body({ 'content-type': 'application/pdf' }, 'no PDF'),
  '/image': body({ 'content-type': 'image/png' }, 'x'),
  '/missing': body(HTML, 'no', 404),
  '/empty': body(HTML, '<html></html>'),
  '/gzip': body({ ...HTML, 'content-encoding': 'gzip' }, gzipSync('<p>packed</p>')),
  '/deflate': body({ ...HTML, 'content-encoding': 'deflate' }, deflateSync('<p>packed</p>')),
  '/raw-deflate': body({ ...HTML, 'content-encoding': 'deflate' }, deflateRawSync('<p>packed without a header</p>')),
  '/no-deflate': body({ ...HTML, 'content-encoding': 'deflate' }, 'neither of the two'),
  '/raw-bomb': body({ ...HTML, 'content-encoding': 'deflate' }, deflateRawSync(Buffer.alloc(200 * MB))),
  '/code': body(
    HTML,
    '<body><p>Run  <b>this</b>:<pre>def double(x):\n\n    return <b>2 * x</b>  \n\tpass</pre>and   that</p></body>',
  ),
  '/code-article': body(
    HTML,
    `<article>${'<p>Lima is the capital of Peru, and its largest city, by the sea, with parks.</p>'.repeat(9)}<pre><code>if a:\n    b</code></pre></article>`,
  ),
  '/bomb': body({ ...HTML, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(200 * MB))),
  '/huge': body(HTML, 'x'.repeat(6 * MB)),
  '/nested': body(HTML, '<div>'.repeat(MB - 10)),
  '/wide': body(
    HTML,
    `<article>${'<p>Some words of a paragraph, with commas. It goes on.</p>'.repeat(20_000)}</article>`,
  ),
  '/slow': () => undefined,
  '/inside': body({ location: 'http://10.0.0.1/secret' }, '', 302),
  '/metadata': body({ location: 'http://169.254.169.254/latest' }, '', 301),
  '/moved': body({ location: '/article' }, '', 301),
};

const heard: string[] = [];
let server: Server;
let reader: PageReader;
beforeAll(async () => {
  server = createServer((request, response) => {
    heard.push(request.url ?? '');
    (pages[request.url ?? ''] ?? pages['/missing']!)(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  reader = readerWithin(20);
});
afterAll(async () => {
  await reader.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const readerWithin = (timeoutS: number) =>
  new PageReader({ outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])), timeoutS });
const never = new AbortController().signal;
const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
const read = (path: string) => reader.read(at(path), never);

test('an article is read without what stands around it, and nothing of it is run or fetched', async () => {
  const text = await read('/moved');
  expect(text).toMatch(/^Lima\n/);
  expect(text).toContain('by the sea.\nIt has a harbour, and many parks.\n');
  expect(text).not.toMatch(/Home|changed/);
  expect(heard).toEqual(['/moved', '/article']);
});

test.each([
  ['/short', 'one\ntwo'],
  ['/plain', 'Málaga'],
  ['/declared', '東京'],
  ['/gzip', 'packed'],
  ['/deflate', 'packed'],
  ['/raw-deflate', 'packed without a header'],
  ['/code', 'Run this:\ndef double(x):\n    return 2 * x\n\tpass\nand that'],
  ['/code-article', expect.stringMatching(/with parks\.\nif a:\n {4}b$/)],
  ['/bare', 'The capital of Chad'],
  ['/claimed', 'Málaga'],
  ['/pdf', `Lima is the capital ${'word '.repeat(596)}`.trim()],
])('%s is read as %j', async (path, text) => {
  expect(await read(path)).toEqual(text);
});

test.each([
  ['/image', 'pages of the type image/png are not read'],
  ['/missing', 'it answered 404'],
  ['/empty', 'it has no text'],
  ['/script', 'it has no text'],
  ['/broken-pdf', /^its text could not be taken out: Invalid PDF/],
  ['/no-deflate', 'it is not deflate, as it says'],
  ['/raw-bomb', `it has more than ${5 * MB} bytes`],
  ['/bomb', `it has more than ${5 * MB} bytes`],
  ['/huge', `it sent more than ${5 * MB} bytes`],
  ['/inside', /^10\.0\.0\.1 is not a public address$/],
  ['/metadata', /^169\.254\.169\.254 is not a public address$/],
])('%s is not read, and why', async (path, message) => {
  await expect(read(path)).rejects.toThrow(message);
});

test('a page is read from the web alone', async () => {
  await expect(reader.read('file:///etc/passwd', never)).rejects.toThrow('its address is none of http or https');
  await expect(reader.read('nothing', never)).rejects.toThrow('its address is none of http or https');
});

test('a page that never answers ends with its time, and with its signal', async () => {
  await expect(readerWithin(0.2).read(at('/slow'), never)).rejects.toThrow('it could not be read within 0.2 s');
  await expect(reader.read(at('/slow'), AbortSignal.timeout(100))).rejects.toThrow('timeout');
});

test('a page whose elements lie a million deep holds up nobody, and the next is read', async () => {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 10);
  const nested = read('/nested').catch((error: Error) => error.message);
  await delay(50);
  const after = read('/short');
  expect(await nested).toBe('its text could not be taken out within 5 s');
  expect(await after).toBe('one\ntwo');
  clearInterval(timer);
  expect(longest).toBeLessThan(1000);
}, 30_000);

test('a long page is cut', async () => {
  const { length } = await read('/wide');
  expect(length).toBeGreaterThan(19_990);
  expect(length).toBeLessThanOrEqual(20_000);
});
