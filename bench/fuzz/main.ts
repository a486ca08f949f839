/**
 * `npm run fuzz -- [--cases N] [--seed S] [--operation ID] [--phases LIST]`: a service of its own with an object of each kind, and requests that schemathesis makes
 * of the OpenAPI document, valid and not. It prints what it finds; the last line counts the requests: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBough } from 'bough/client';
import { childEnvironment } from '../../src/config/process-environment.js';
import { startBough } from '../../src/embedded/bough.js';
import { pinnedPython, PythonError } from '../harness/python.js';
import { testableDocument } from './document.js';
import { createObjects } from './objects.js';

/** Of the checkout; this file runs from dist/bench/fuzz. */
const source = fileURLToPath(new URL('../../../bench/fuzz/', import.meta.url));
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    phases: { type: 'string', default: 'coverage,fuzzing' },
    operation: { type: 'string', multiple: true, default: [] },
  },
});
const cases = Number(values.cases);
const log = (line: string) => console.error(`  ${line}`);

/** What the JSON report of schemathesis says; it has more. */
interface Report {
  readonly complete: boolean;
  readonly test_cases: { readonly generated: number; readonly with_failures: number; readonly errored: number };
  readonly failures: readonly {
    readonly code: string;
    readonly count: number;
    readonly operations: readonly string[];
  }[];
  readonly errors: readonly { readonly title: string; readonly count: number }[];
}

/** What it exits with where it cannot be run, as test programs commonly do. */
const SKIPPED = 77;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

async function main(): Promise<void> {
  const python = await pinnedPython(join(source, 'requirements.txt'), log);
  const folder = await mkdtemp(join(tmpdir(), 'bough-fuzz-'));
  try {
    const service = await startBough({
      dataDir: join(folder, 'data'),
      host: '127.0.0.1',
      port: 0,
      shutdownTimeoutS: 5,
      durable: false,
      env: { BLOB_DIR: '', LOG_LEVEL: 'error' },
      log,
    });
    try {
      const ids = await createObjects(createBough({ baseUrl: service.url, apiKey: service.apiKey }));
      const published = await (await fetch(`${service.url}/openapi.json`)).json();
      const { document, operations } = testableDocument(published, ids);
      await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
      await schemathesis(python, folder, [
        '--url',
        service.url,
        '--header',
        `Authorization: Bearer ${service.apiKey}`,
        '--max-examples',
        String(Math.ceil(cases / (values.operation.length || operations))),
      ]);
    } finally {
      await service.stop();
    }
    summarise(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs it with all that it starts in a process group, which is killed when this program is stopped or the time is up. */
async function schemathesis(python: string, folder: string, options: string[]): Promise<void> {
  const args = [
    '--config-file',
    join(source, 'schemathesis.toml'),
    'run',
    join(folder, 'openapi.json'),
    ...options,
    ...values.operation.flatMap((id) => ['--include-operation-id', id]),
    '--phases',
    values.phases,
    '--seed',
    values.seed,
    '--report-json-path',
    join(folder, 'report.json'),
  ];
  const child = spawn(join(dirname(python), 'schemathesis'), args, {
    cwd: folder,
    // Whatever the locale, its marks can be printed; whatever the proxy, the service is on this machine.
    env: childEnvironment({ PYTHONUTF8: '1', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }),
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const limitS = 300 + cases;
  const limit = AbortSignal.any([stop.signal, AbortSignal.timeout(limitS * 1000)]);
  const kill = () => process.kill(-child.pid!, 'SIGKILL');
  limit.addEventListener('abort', kill);
  try {
    await once(child, 'close');
  } finally {
    limit.removeEventListener('abort', kill);
  }
  if (limit.aborted) throw new Error(stop.signal.aborted ? 'Stopped' : `schemathesis took longer than ${limitS} s`);
}

function summarise({ complete, test_cases, failures, errors }: Report): void {
  const failed = test_cases.with_failures + test_cases.errored;
  for (const { code, count, operations } of failures) console.log(`${code}: ${count}, of ${operations.join(', ')}`);
  for (const { title, count } of errors) console.log(`${title}: ${count}`);
  if (!complete) console.log('schemathesis did not finish');
  console.log(`${test_cases.generated - failed} passed, ${failed} failed`);
  if (failed > 0 || errors.length > 0 || test_cases.generated === 0 || !complete) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof PythonError ? error.message : error);
  process.exitCode = error instanceof PythonError ? SKIPPED : 1;
}
