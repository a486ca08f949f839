/**
 * The clients as packages of their own: that for JavaScript installed into an empty project and bundled into a page of another origin, that for
 * Python as a wheel, and used there against the real service.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findBrowser, launch } from '../bench/harness/browser.js';
import { pinnedPython, PythonError } from '../bench/harness/python.js';
import { WholeService } from './support/whole-service.js';

const root = join(import.meta.dirname, '..');
let project: string;
let service: WholeService;
/** Serves the project's page, from another origin than the API's. */
let site: Server;
let origin: string;

beforeAll(async () => {
  site = createServer((request, response) => {
    const [type, page] = request.url === '/page.js' ? ['text/javascript', script] : ['text/html', PAGE];
    response.setHeader('content-type', type).end(page);
  });
  await once(site.listen(0, 'localhost'), 'listening');
  origin = `http://localhost:${(site.address() as AddressInfo).port}`;
  project = await mkdtemp(join(tmpdir(), 'bough-client-user-'));
  const [archive] = await Promise.all([
    run('npm', ['run', '--silent', 'client:pack', '--', project], root),
    WholeService.open({ CORS_ORIGINS: origin }).then((opened) => (service = opened)),
  ]);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'user', type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', archive.trim()], project);
});
afterAll(async () => {
  site.close();
  await service.close();
  await rm(project, { recursive: true });
});

const PAGE = '<!doctype html><link rel="icon" href="data:," /><script type="module" src="/page.js"></script>';
/** The program of the page, with all that it imports. */
let script: string;

async function bundle(program: string): Promise<string> {
  await cp(join(import.meta.dirname, 'support', program), join(project, program));
  const options = { write: false, rolldownOptions: { input: join(project, program) } };
  const bundled = await build({ root: project, configFile: false, logLevel: 'warn', build: options });
  const [{ output }] = [bundled].flat() as [Extract<typeof bundled, { output: unknown }>];
  return output[0].code;
}

/** @returns what it printed */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  input = '',
): Promise<string> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, timeout: 110_000 });
  let [printed, complaints] = ['', ''];
  // A program that reads nothing may have ended by then.
  child.stdin.on('error', () => undefined).end(input);
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${printed}${complaints}`);
  return printed;
}

test('holds its own types: the example of its README is compiled without those of Node, and none are skipped', async () => {
  const readme = await readFile(join(project, 'node_modules/bough-client/README.md'), 'utf8');
  const [, example] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  await writeFile(join(project, 'example.ts'), example!);
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.asynciterable'],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
  };
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.ts'] }));
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', project], project);
});

test('uploads, and goes through a list page by page, with nothing else installed', async () => {
  const program = `
    import { createBough, BoughError, unwrap } from 'bough-client';
    const bough = createBough({ baseUrl: process.env.URL, apiKey: process.env.KEY });
    const [ids, sent] = [[], []];
    for (const answer of ['1', '2', '3']) {
      const file = new Blob([JSON.stringify({ question: 'How many?', answer }) + '\\n'.repeat(300_000)]);
      const onProgress = (...now) => sent.push(now);
      ids.push((await bough.uploadDataset(file, { kind: 'rl', name: answer, onProgress })).id);
    }
    const listed = [];
    for await (const { id } of bough.list('/v1/datasets', { query: { limit: 2, order: 'asc' } })) listed.push(id);
    const refused = await bough.api.GET('/v1/runs/{id}', { params: { path: { id: 'run_0' } } }).then(unwrap).catch((e) => e);
    console.log(JSON.stringify({ ids, listed, sent, refused: [refused instanceof BoughError, refused.status] }));`;
  await writeFile(join(project, 'program.js'), program);
  const tenant = await service.api.anotherTenant();
  const environment = { URL: service.api.url, KEY: tenant.key };
  const { ids, listed, sent, refused } = JSON.parse(await run(process.execPath, ['program.js'], project, environment));
  expect(ids).toHaveLength(3);
  expect(listed).toEqual(ids);
  expect(refused).toEqual([true, 404]);
  expect(sent.length).toBeGreaterThan(3);
  expect(sent.filter(([bytes, all]: number[]) => bytes === all)).toHaveLength(3);
});

test('for Python: a wheel whose two clients upload, wait, follow, go through lists and take files home', async (context) => {
  const requirements = join(import.meta.dirname, 'python-client', 'requirements.txt');
  const python = await pinnedPython(requirements, console.log).catch((error: unknown) => {
    if (error instanceof PythonError) context.skip(error.message);
    throw error;
  });
  const source = join(root, 'python');
  await run(python, ['make_sync.py', '--check'], source);
  await run(python, ['-m', 'pip', 'wheel', '--quiet', '--no-build-isolation', '--no-deps', '-w', project, '.'], source);
  const wheel = (await readdir(project)).find((name) => name.endsWith('.whl'))!;
  const environment = { PYTHONPATH: join(project, wheel) };
  const { api, model, tenant } = service;
  const where = { base_url: api.url, api_key: tenant.key, model, folder: project };
  const walk = join(import.meta.dirname, 'python-client', 'walk.py');
  const seen = JSON.parse(await run(python, [walk], project, environment, JSON.stringify(where)));
  const size = (await stat(join(project, 'questions.jsonl'))).size;
  expect(seen).toMatchObject({
    examples: 5000,
    sent: [[size, size], true],
    events: ['run.queued', 'run.succeeded'],
    status: 'succeeded',
    pages: 2,
    running: true,
    ranges: [null, 'bytes=1000-'],
    left: [],
    refusal: [400, 'invalid_request', 'rollout.group_size', ['rollout.group_size'], true],
    missing: [404, 'not_found'],
    at_once: ['ready', 'run.succeeded', true, true, 'ready'],
  });
  expect(seen.sizes[0]).toEqual([seen.sizes[1], seen.sizes[1]]);
  expect(seen.unknown[1]).toBe('invalid_request');
}, 180_000);

test('in a browser, on a page of another origin: uploads with progress, follows a run, goes on with a download, talks', async (context) => {
  const found = findBrowser();
  if ('reason' in found) return context.skip(found.reason);
  script = await bundle('client-page.js');
  const browser = await launch(found.program);
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(origin);
    // Browsers tell of progress every 50 ms, in which all of the file would have been sent.
    const devTools = await page.context().newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 20_000_000 };
    await devTools.send('Network.emulateNetworkConditions', slow);
    await page.waitForFunction('globalThis.walk');
    const { api, model, tenant } = service;
    const where = { baseUrl: api.url, apiKey: tenant.key, model };
    const seen = (await page.evaluate(`walk(${JSON.stringify(where)})`)) as Record<string, unknown>;
    expect(seen).toEqual({
      sent: [[0, 0], true, 'in order'],
      examples: [2000, 2],
      refused: [true, 401, 'unauthenticated'],
      aborted: 'AbortError',
      noPath: 'no_file_system',
      lost: expect.stringContaining('CORS_ORIGINS'),
      events: ['run.queued', 'run.succeeded'],
      ranges: [null, 'bytes=1000-'],
      size: [0],
      talked: 'length',
    });
    expect(complaints).toEqual([]);
  } finally {
    await browser.close();
  }
});
