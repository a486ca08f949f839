/** The traces of an API and a worker that run as they are deployed, as a collector gets them. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBough, type Bough } from '../openapi/client.js';
import { freePort } from '../src/embedded/free-port.js';
import { waitUntil } from '../src/embedded/wait.js';
import { createKey } from '../src/modules/keys/create-key.js';
import { PROJECT_SCOPES } from '../src/spec/enums.js';
import { createDataSource } from '../src/store/data-source.js';
import { randomAgent } from './support/random-agent.js';
import { createTestServices, type TestServices } from './support/services.js';
import { TraceCollector, type CollectedSpan } from './support/trace-collector.js';

let services: TestServices;
let collector: TraceCollector;
let bough: Bough;
let key: string;
let baseUrl: string;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  [services, collector] = await Promise.all([createTestServices(), new TraceCollector().listen()]);
  const dataSource = await createDataSource(services.databaseUrl).initialize();
  ({ key } = await createKey(dataSource, { projectName: 'traced', keyName: 'test', scopes: PROJECT_SCOPES }));
  await dataSource.destroy();
  const PORT = String(await freePort());
  for (const program of ['main.js', 'main.worker.js']) processes.push(start(program, { PORT }));
  baseUrl = `http://127.0.0.1:${PORT}`;
  await waitUntil('the API to be ready', async () => (await fetch(`${baseUrl}/health/ready`)).ok, { limitMs: 60_000 });
  bough = createBough({ baseUrl, apiKey: key });
});

afterAll(async () => {
  await stop();
  await collector.close();
  await services.drop();
});

function start(program: string, env: Record<string, string>): ChildProcess {
  const settings = { ...services.env, TRAINER_THREADS: '1', SHUTDOWN_TIMEOUT_S: '8', LOG_LEVEL: 'error', ...env };
  const standard = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_RESOURCE_ATTRIBUTES: 'deployment=test' };
  return spawn(process.execPath, [join(import.meta.dirname, '../dist/src', program)], {
    env: { ...process.env, ...settings, ...standard },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** By SIGTERM, on which the last spans are sent. */
async function stop(): Promise<void> {
  await Promise.all(
    processes.splice(0).map((child) => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      return ended;
    }),
  );
}

/** The only span of this name that has these attributes. */
function spanOf(name: string, attributes: object = {}): CollectedSpan {
  const wanted = Object.entries(attributes);
  const found = collector.spans.filter(
    (span) => span.name === name && wanted.every(([attribute, value]) => span.attributes[attribute] === value),
  );
  expect([name, attributes, found.length]).toEqual([name, attributes, 1]);
  return found[0]!;
}

const within = ({ id }: CollectedSpan) => collector.spans.filter(({ parent }) => parent === id);

test('a run is seen from its request over its steps and tool calls to its evaluation, and nothing secret with it', async () => {
  const { dataset, model } = await randomAgent(bough, ['<python>', '</python>']);
  const misplaced = { headers: { 'user-agent': 'a-misplaced-key' } };
  await fetch(`${baseUrl}/v1/runs/a-misplaced-key?name=a-misplaced-key`, misplaced);
  await bough.api.POST('/v1/secrets', { body: { name: 'judge', value: 'a-very-secret-value' } });
  const { data: run } = await bough.api.POST('/v1/runs', {
    body: {
      method: 'grpo',
      model,
      dataset,
      tools: [{ type: 'python' }],
      reward: { type: 'tool_use' },
      // So many tokens at random that there are calls among them.
      rollout: { group_size: 12, max_response_tokens: 200 },
      training: { steps: 2, prompts_per_step: 4 },
    },
  });
  await bough.waitForRun(run!.id);
  const { data: evaluation } = await bough.api.POST('/v1/evaluations', {
    body: { model, dataset, limit: 1, grader: { type: 'exact_match' }, sampling: { max_response_tokens: 8 } },
  });
  await bough.waitForEvaluation(evaluation!.id);
  await stop();

  const request = spanOf('POST /v1/runs');
  expect(request).toMatchObject({ service: 'bough-api', parent: '', isFailed: false });
  expect(request.attributes).toMatchObject({ 'http.route': '/v1/runs', 'http.response.status_code': 201 });
  const scopes = new Set(within(request).map(({ scope }) => scope));
  expect([...scopes].toSorted()).toEqual([
    '@opentelemetry/instrumentation-ioredis',
    '@opentelemetry/instrumentation-pg',
  ]);

  const training = spanOf('run.train', { 'bough.subject': run!.id });
  expect(training).toMatchObject({ service: 'bough-worker', parent: '', links: [request.id] });
  expect(training.trace).not.toBe(request.trace);
  expect(training.attributes).toMatchObject({ 'bough.attempt': 1, 'bough.end': 'done' });
  for (const number of [1, 2]) {
    const step = spanOf('step', { 'bough.step': number });
    expect(step).toMatchObject({ parent: '', links: [training.id] });
    expect(step.attributes['bough.sampled_tokens']).toBeGreaterThan(0);
    const names = new Set(within(step).map(({ name }) => name));
    for (const name of ['phase rollout', 'phase update', 'score']) expect(names).toContain(name);
  }
  const calls = collector.spans.filter(({ name }) => name === 'tool call');
  expect(calls.length).toBeGreaterThan(0);
  for (const { attributes } of calls) expect(attributes).toMatchObject({ 'bough.tool': 'python' });
  const evaluating = spanOf('evaluation.run');
  expect(evaluating.links).toEqual([spanOf('POST /v1/evaluations').id]);
  expect(within(evaluating).map(({ name }) => name)).toContain('score');

  // What a worker does by the clock is in no trace, and neither are health checks.
  const roots = collector.spans.filter(({ parent }) => parent === '');
  expect(roots.filter(({ scope }) => !/instrumentation-http$|^bough$/.test(scope))).toEqual([]);
  expect(collector.spans.filter(({ attributes }) => String(attributes['url.path']).startsWith('/health'))).toEqual([]);

  const sent = Buffer.concat(collector.bytes);
  expect(sent.includes('deployment')).toBe(true);
  for (const secret of [key, 'a-very-secret-value', 'a-misplaced-key', new URL(services.databaseUrl).password])
    expect(sent.includes(secret)).toBe(false);
});
