import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ToolJournalEntry } from '../src/store/entities/tool-journal.entity.js';
import { Secret } from '../src/store/entities/secret.entity.js';
import { newId } from '../src/store/ids.js';
import { insertRow } from '../src/store/insert-row.js';
import { ProjectSecrets } from '../src/store/project-secrets.js';
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
