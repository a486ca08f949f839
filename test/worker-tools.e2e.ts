import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { sweepBlobs } from '../src/store/blobs/sweep-blobs.js';
import { CorpusEmbedding } from '../src/store/entities/corpus-embedding.entity.js';
import { Dataset } from '../src/store/entities/dataset.entity.js';
import { ToolJournalEntry } from '../src/store/entities/tool-journal.entity.js';
import { missingWorker, trainingRequirementsOf } from '../src/store/requirements.js';
import { Worker } from '../src/store/entities/worker.entity.js';
import { Secret } from '../src/store/entities/secret.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRow } from '../src/store/insert-row.js';
import { ProjectSecrets } from '../src/store/project-secrets.js';
import { installedPython, PYTHON } from './support/host-python.js';
import { EmbeddingsServer } from './support/embeddings-server.js';
import { EverythingServer } from './support/everything-server.js';
import { ToolServer } from './support/tool-server.js';
import { WorkerHarness } from './support/worker-harness.js';

const KEY = Buffer.alloc(32, 7).toString('base64');
const ENV = { BOUGH_SECRETS_KEY: KEY, ALLOWED_NETWORKS: '127.0.0.0/8' };
const SECRET = 'a-very-secret-value';

let harness: WorkerHarness;
beforeAll(async () => {
  harness = await WorkerHarness.open();
  const { projectId, dataSource } = harness;
  const sealed = new ProjectSecrets(dataSource, KEY).seal(projectId, 'tools', SECRET);
  await insertRow(dataSource.manager, Secret, { id: newId('secret'), projectId, name: 'tools', sealed });
});
afterEach(() => harness.stopWorkers());
afterAll(() => harness.close());

const weather = (url: string, secret: string | null = 'tools') => ({
  type: 'http' as const,
  name: 'weather',
  description: 'The weather in a city.',
  parameters: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' } },
    required: ['city'],
  },
  url,
  secret,
});
/** What the policy of the scripted trainer calls in each step. */
const calling = (tool: string, given: object) => ({ tool, code: JSON.stringify(given) });
const journal = (runId: string) =>
  harness.dataSource.manager.find(ToolJournalEntry, { where: { runId }, order: { step: 'ASC' } });

/** Everything that is stored of a run, as text. */
async function storedTexts(runId: string): Promise<string> {
  const tables = ['run_events', 'trees', 'trajectories', 'tool_journal', 'run_steps'];
  const texts = await Promise.all(
    [
      ...tables.map((table) => `SELECT string_agg(t::text, '') AS text FROM ${table} t WHERE run_id = $1`),
      "SELECT string_agg(s::text, '') AS text FROM segments s JOIN trees ON trees.id = s.tree_id WHERE trees.run_id = $1",
      'SELECT r::text AS text FROM runs r WHERE id = $1',
    ].map((sql) => harness.dataSource.query<{ text: string | null }[]>(sql, [runId])),
  );
  return texts.map(([row]) => row?.text ?? '').join('\n');
}

test('a policy calls a user’s server, and the secret that signs is nowhere in what is stored', async () => {
  const server = await ToolServer.open();
  try {
    server.answer = ({ body }, response) =>
      void response.end(`${String(body.arguments['city'])}: 22 °C, and ${SECRET}`);
    await harness.startWorker(ENV);
    const { id } = await harness.addRun({
      tools: [weather(server.url)],
      metadata: calling('weather', { city: 'Lima' }),
    });
    expect(await harness.untilRun(id, 'succeeded', 'failed')).toMatchObject({ status: 'succeeded', error: null });
    expect(server.heard).toHaveLength(6);
    expect(server.heard[0]).toMatchObject({
      body: { job: id, call: '1/0/0/0', name: 'weather', arguments: { city: 'Lima' } },
      headers: { 'webhook-signature': expect.stringMatching(/^v1,/) },
    });
    const entries = await journal(id);
    expect(entries.map(({ outcome, text }) => [outcome, text])).toEqual(
      Array.from({ length: 6 }, () => ['ok', 'Lima: 22 °C, and [secret]']),
    );
    const stored = await storedTexts(id);
    expect(stored).toContain('22 °C');
    expect(stored).not.toContain(SECRET);
  } finally {
    await server.close();
  }
});

test('a policy searches the web with a key, no more often in a day than is allowed', async () => {
  const server = await ToolServer.open();
  try {
    server.answers(200, '{"organic": [{"snippet": "Lima"}]}', { 'content-type': 'application/json' });
    await harness.startWorker(ENV);
    const search = { type: 'search', provider: 'serper', secret: 'tools', url: server.url, daily_calls: 6, top_k: 1 };
    const run = { tools: [search as { type: 'search' }], metadata: { tool: 'search', code: 'capital of Peru' } };
    const first = await harness.addRun(run);
    await harness.untilRun(first.id, 'succeeded', 'failed');
    expect((await journal(first.id)).map(({ outcome, text }) => [outcome, text])).toEqual(
      Array.from({ length: 6 }, () => ['ok', 'Lima']),
    );
    expect(server.heard[0]).toMatchObject({ body: { q: 'capital of Peru', num: 1 }, headers: { 'x-api-key': SECRET } });
    expect(await storedTexts(first.id)).not.toContain(SECRET);

    const second = await harness.addRun(run);
    await harness.untilRun(second.id, 'succeeded', 'failed', 'paused');
    const outcomes = (await journal(second.id)).map(({ outcome, text }) => [outcome, text]);
    expect(outcomes[0]).toEqual(['infra_error', expect.stringContaining('today’s calls are used up')]);
    expect(server.heard).toHaveLength(6);
  } finally {
    await server.close();
  }
});

test('a policy reads the pages that the web search finds', async () => {
  const server = await ToolServer.open();
  try {
    const page = `http://127.0.0.1:${server.port}/lima`;
    server.answer = ({ path }, response) =>
      path === '/lima'
        ? void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Lima lies by the sea.</p>')
        : void response.end(JSON.stringify({ results: [{ url: page, content: 'Lima' }] }));
    await harness.startWorker(ENV);
    const search = { type: 'search', provider: 'searxng', url: server.url, top_k: 1, pages: {}, cache: 'read_write' };
    const { id } = await harness.addRun({
      tools: [search as { type: 'search' }],
      metadata: { tool: 'search', code: 'capital of Peru' },
    });
    expect(await harness.untilRun(id, 'succeeded', 'failed')).toMatchObject({ status: 'succeeded', error: null });
    expect((await journal(id)).map(({ outcome, text }) => [outcome, text])).toEqual(
      Array.from({ length: 6 }, () => ['ok', 'Lima lies by the sea.']),
    );
    expect(server.heard.filter(({ path }) => path === '/lima')).toHaveLength(1);
  } finally {
    await server.close();
  }
});

test('a run whose server may not be asked, or whose secret is gone, fails and says which', async () => {
  await harness.startWorker({ BOUGH_SECRETS_KEY: KEY });
  const failureOf = async (url: string, secret: string | null) => {
    const { id } = await harness.addRun({ tools: [weather(url, secret)] });
    return (await harness.untilRun(id, 'failed', 'succeeded')).error;
  };
  expect(await failureOf('http://127.0.0.1:9/', null)).toMatchObject({
    category: 'user',
    message:
      'The tool weather is not usable: 127.0.0.1 is not a public address: the operator can allow its network with ALLOWED_NETWORKS',
  });
  expect(await failureOf('https://example.com/', 'gone')).toMatchObject({
    message: 'The secret gone is not usable: it does not exist any more',
  });
});

test('a policy calls the tools of an MCP server, and a run that goes on is offered what it began with', async () => {
  const server = await EverythingServer.open();
  try {
    await harness.startWorker(ENV);
    const tool = { type: 'mcp' as const, url: server.url, allow: ['get-sum', 'echo'], secret: 'tools' };
    const given = { tools: [tool], metadata: { ...calling('get-sum', { a: 40, b: 2 }), die: '1:3:SIGKILL' } };
    const { id } = await harness.addRun(given);
    const run = await harness.untilRun(id, 'succeeded', 'failed');
    expect(run).toMatchObject({ status: 'succeeded', error: null, manifest: { attempt: 2 } });
    const { tools } = run.manifest['inputs'] as { tools: { name: string; description: string }[] };
    expect(tools.map(({ name }) => name).toSorted()).toEqual(['echo', 'get-sum']);
    expect((await journal(id)).map(({ outcome, text }) => [outcome, text.includes('42')])).toEqual(
      Array.from({ length: 6 }, () => ['ok', true]),
    );

    const resumed = await harness.addRun({ tools: [tool], metadata: calling('get-sum', { a: 1, b: 1 }) }, [
      ...tools,
      { name: 'gone', description: 'It was there.', parameters: { type: 'object' } },
    ]);
    expect((await harness.untilRun(resumed.id, 'failed', 'succeeded')).error?.message).toBe(
      'The tool gone is not usable: the run began with it, and its server no longer has it; have the server offer it again, or post the run anew',
    );
  } finally {
    await server.stop();
  }
});

test('a run whose MCP server is not there fails and says so', async () => {
  await harness.startWorker(ENV);
  const url = 'http://127.0.0.1:9/mcp';
  const { id } = await harness.addRun({ tools: [{ type: 'mcp', url, timeout_s: 0.5 }] });
  expect((await harness.untilRun(id, 'failed', 'succeeded')).error).toMatchObject({
    category: 'user',
    message: `The tool ${url} is not usable: 127.0.0.1:9 cannot be reached (ECONNREFUSED)`,
  });
});

const host = await installedPython();
if ('reason' in host) console.log(`Skipped, ${host.reason}`);

test.skipIf('reason' in host)('programs run on the Python of a worker that offers it, and wait for one', async () => {
  const program = 'import numpy\nprint(numpy.arange(4).sum())';
  const { id } = await harness.addRun({
    tools: [{ type: 'python', runtime: 'host' }],
    metadata: { code: program },
    training: { steps: 2 },
  });
  await harness.startWorker();
  const { id: other } = await harness.addRun({ metadata: { code: '1 + 1' }, training: { steps: 2 } });
  await harness.untilRun(other, 'succeeded');
  expect((await harness.run(id)).status).toBe('queued');
  await harness.startWorker({ HOST_PYTHON: PYTHON });
  await harness.untilRun(id, 'succeeded', 'failed');
  expect((await journal(id)).map(({ outcome, text }) => [outcome, text])).toEqual([
    ['ok', '6'],
    ['ok', '6'],
  ]);
  const workers = await harness.dataSource.manager.find(Worker, { order: { startedAt: 'ASC' } });
  expect(workers.map(({ versions }) => typeof versions['host_python'])).toEqual(['undefined', 'string']);
});

test('a worker does not start with a Python that it cannot shut programs in with', async () => {
  await expect(harness.startWorker({ HOST_PYTHON: '/bin/false' })).rejects.toThrow('HOST_PYTHON=/bin/false');
});

test('runs wait for a worker whose trainer can do them', async () => {
  const command = `env SCRIPTED_TRAINER_CAPABILITIES=train,method:arpo,world_size:2 ${process.execPath} ${harness.trainerEntry}`;
  await harness.startWorker({ TRAINER: 'ray', TRAINER_COMMAND: command });
  const { id } = await harness.addRun({ training: { steps: 2, adapter: { type: 'lora', dropout: 0.1 } } });
  const { id: larger } = await harness.addRun({ training: { steps: 2, world_size: 3 } });
  const { id: other } = await harness.addRun({ training: { steps: 2, world_size: 2 } });
  await harness.untilRun(other, 'succeeded', 'failed');
  const { status, spec } = await harness.run(id);
  expect([(await harness.run(other)).status, status]).toEqual(['succeeded', 'queued']);
  const missing = () => missingWorker(harness.dataSource.manager, trainingRequirementsOf(spec));
  expect(await missing()).toEqual([
    'method: no worker that is online has a trainer for arpo, training.adapter.dropout: it waits until one is started',
  ]);
  await harness.startWorker();
  await harness.untilRun(id, 'succeeded', 'failed');
  expect(await missing()).toEqual([]);
  const waiting = await harness.run(larger);
  expect(waiting.status).toBe('queued');
  expect(await missingWorker(harness.dataSource.manager, trainingRequirementsOf(waiting.spec))).toEqual([
    'training.world_size: no worker that is online has a trainer for arpo in 3 processes (TRAINER=ray): it waits until one is started',
  ]);
  const workers = await harness.dataSource.manager.find(Worker, { order: { startedAt: 'ASC' } });
  expect(workers.map(({ device }) => device['trainer'])).toEqual([
    { name: 'ray', capabilities: ['train', 'method:arpo', 'world_size:2'], world_size: 2 },
    undefined,
  ]);
});

test('a worker does not start with a trainer that does not greet', async () => {
  await expect(harness.startWorker({ TRAINER: 'ray', TRAINER_COMMAND: '/bin/false' })).rejects.toThrow(
    'TRAINER=ray: /bin/false does not say hello (the trainer exited with code 1)',
  );
});

test('a run whose cache is read_only is replayed without any server, and calls no more than what is stored', async () => {
  const [mcp, http] = [await EverythingServer.open(), await ToolServer.open()];
  await harness.startWorker(ENV);
  const added = async (tool: object, metadata: Record<string, string>) => {
    const { id } = await harness.addRun({ tools: [tool] as never, metadata, training: { steps: 2 } });
    await harness.untilRun(id, 'succeeded', 'failed');
    return {
      run: await harness.run(id),
      answers: (await journal(id)).map(({ outcome, text }) => `${outcome} ${text}`),
    };
  };
  const ofMcp = { type: 'mcp', url: mcp.url, allow: ['get-sum'] };
  const ofHttp = weather(http.url);
  const sum = calling('get-sum', { a: 20, b: 2 });
  const city = calling('weather', { city: 'Quito', days: 1 });
  let first;
  try {
    http.answer = (_, response) => void response.end(`${http.heard.length}, ${SECRET}`);
    first = [
      await added({ ...ofMcp, cache: 'read_write' }, sum),
      await added({ ...ofHttp, cache: 'read_write' }, city),
    ];
  } finally {
    await Promise.all([mcp.stop(), http.close()]);
  }
  expect(http.heard).toHaveLength(1);
  expect(first[1]!.answers).toEqual(['ok 1, [secret]', 'ok 1, [secret]']);

  const swapped = calling('weather', { days: 1, city: 'Quito' });
  const again = [
    await added({ ...ofMcp, cache: 'read_only' }, sum),
    await added({ ...ofHttp, cache: 'read_only' }, swapped),
  ];
  expect(again.map(({ run }) => run.status)).toEqual(['succeeded', 'succeeded']);
  expect(again.map(({ answers }) => answers)).toEqual(first.map(({ answers }) => answers));

  const other = await added({ ...ofMcp, cache: 'read_only' }, calling('get-sum', { a: 1, b: 1 }));
  expect(other.answers[0]).toMatch(/^infra_error get-sum: its cache is read_only and has no answer to this call/);
  const unknown = await added({ ...ofMcp, allow: null, cache: 'read_only' }, sum);
  expect(unknown.run.error?.message).toBe(
    `The tool ${mcp.url} is not usable: its cache is read_only and has nothing of it; have a run or an evaluation use it with "cache": "read_write" first`,
  );
});

test('a corpus is indexed once for all that search it, again when the index is damaged, and the index goes with it', async () => {
  const { dataSource, blobs } = harness;
  await harness.startWorker(ENV);
  const corpus = await harness.upload(
    'corpus',
    ['Lima is the capital of Peru.', 'Quito is the capital of Ecuador.'].map((text) => ({ text })),
  );
  const indexOf = async () => (await dataSource.manager.findOneByOrFail(Dataset, { id: corpus })).searchIndex;
  const searched = async () => {
    const tools = [{ type: 'search' as const, corpus, top_k: 1 }];
    const { id } = await harness.addRun({ tools, metadata: { tool: 'search', code: 'capital of Ecuador' } });
    expect(await harness.untilRun(id, 'succeeded', 'failed')).toMatchObject({ status: 'succeeded', error: null });
    return (await journal(id)).map(({ outcome, text }) => [outcome, text]);
  };
  const right = Array.from({ length: 6 }, () => ['ok', 'Quito is the capital of Ecuador.']);

  expect(await Promise.all([searched(), searched()])).toEqual([right, right]);
  const index = (await indexOf())!;
  const path = blobs.path(index.sha256);
  const bytes = await readFile(path);
  expect(bytes).toHaveLength(index.size_bytes);

  const { mtimeMs } = await stat(path);
  expect(await searched()).toEqual(right);
  expect((await stat(path)).mtimeMs).toBe(mtimeMs);

  for (const damaged of [bytes.subarray(0, 50), Buffer.from(bytes).fill(7, 0, 8), null]) {
    await rm(path);
    if (damaged) await writeFile(path, damaged);
    expect(await searched()).toEqual(right);
    expect((await readFile(path)).equals(bytes)).toBe(true);
  }

  await dataSource.query(`UPDATE datasets SET search_index = search_index || '{"format": 0}' WHERE id = $1`, [corpus]);
  expect(await searched()).toEqual(right);
  expect(await indexOf()).toEqual(index);

  await dataSource.query(`UPDATE uses SET ended_at = clock_timestamp() WHERE user_id = $1`, [corpus]);
  await sweepBlobs(dataSource.manager, blobs, -1000);
  expect(await blobs.has(index.sha256)).toBe(false);
});

test('a corpus is embedded once for each model, goes on where an endpoint failed, and does so again only where it is damaged', async () => {
  const { dataSource, blobs } = harness;
  await harness.startWorker(ENV);
  const server = await EmbeddingsServer.open();
  try {
    // Two parts, of 4096 documents and the rest.
    const texts = ['Lima is the capital of Peru.', ...Array.from({ length: 4499 }, (_, i) => `Number ${i}.`)];
    const corpus = await harness.upload(
      'corpus',
      texts.map((text) => ({ text })),
    );
    const parts = () =>
      dataSource.manager.find(CorpusEmbedding, { where: { datasetId: corpus }, order: { part: 'ASC' } });
    const search = async (retrieval: 'dense' | 'hybrid', model: string) => {
      const before = server.texts.length;
      const embeddings = { base_url: server.baseUrl, model, secret: 'tools', batch_size: 300, timeout_s: 5 };
      const tools = [{ type: 'search' as const, corpus, top_k: 1, retrieval, embeddings }];
      const { id } = await harness.addRun({ tools, metadata: { tool: 'search', code: 'peruvian capitals' } });
      const { status, error } = await harness.untilRun(id, 'succeeded', 'failed');
      const found = new Set((await journal(id)).map(({ outcome, text }) => `${outcome} ${text}`));
      const stored = await storedTexts(id);
      expect(stored).not.toContain(SECRET);
      return { status, message: error?.message, found: [...found], asked: server.texts.length - before };
    };
    const right = { status: 'succeeded', message: undefined, found: [`ok ${texts[0]}`] };

    const { answer } = server;
    server.answer = (heard, response) => {
      if (heard.body.input.includes('Number 4200.')) return void response.writeHead(400).end(`no, ${SECRET}`);
      answer(heard, response);
    };
    expect(await search('dense', 'a')).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(
        /^The tool search is not usable: documents 4096 to 4499 of ds_\w+ were not embedded: 127\.0\.0\.1:\d+ answered 400: no, \[secret\]; if a text is too long for the model, lower embeddings\.max_characters.*\. What was embedded before is kept: post the same again to go on$/,
      ) as string,
    });
    expect(await parts()).toMatchObject([{ part: 0, dimensions: 250, sizeBytes: 4096 * 250 * 4 }]);

    server.answer = answer;
    // One query, once for all calls, beside the documents that were left.
    expect(await search('dense', 'a')).toEqual({ ...right, asked: 404 + 1 });
    const made = await parts();
    expect(made.map(({ sizeBytes }) => sizeBytes)).toEqual([4096 * 1000, 404 * 1000]);

    await writeFile(blobs.path(made[1]!.sha256), 'damaged');
    expect(await search('hybrid', 'a')).toEqual({ ...right, asked: 404 + 1 });
    expect((await parts()).map(({ sha256 }) => sha256)).toEqual(made.map(({ sha256 }) => sha256));
    expect((await readFile(blobs.path(made[1]!.sha256))).byteLength).toBe(404 * 1000);

    server.dimensions = 100;
    expect(await search('dense', 'b')).toEqual({ ...right, asked: 4501 });
    expect(await search('dense', 'a')).toMatchObject({
      status: 'succeeded',
      found: [
        expect.stringMatching(/^infra_error search: .* embeds in 100 dimensions, and has embedded the corpus in 250/),
      ],
    });

    // The index and both models are kept from the sweep, and nothing once the corpus is gone.
    await sweepBlobs(dataSource.manager, blobs, -1000);
    const stored = [
      ...(await parts()),
      (await dataSource.manager.findOneByOrFail(Dataset, { id: corpus })).searchIndex!,
    ];
    expect(await Promise.all(stored.map(({ sha256 }) => blobs.has(sha256)))).toEqual([true, true, true, true, true]);
    await dataSource.query(`UPDATE uses SET ended_at = clock_timestamp() WHERE user_id = $1`, [corpus]);
    await sweepBlobs(dataSource.manager, blobs, -1000);
    expect(await Promise.all(stored.map(({ sha256 }) => blobs.has(sha256)))).toEqual(stored.map(() => false));
  } finally {
    await server.close();
  }
});
