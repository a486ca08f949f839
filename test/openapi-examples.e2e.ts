/**
 * A user's walk through all operations of the OpenAPI document, on a real service, and the examples in that document. `npm run openapi:examples` writes the
 * answers of the walk into them; it is to be run when answers change their shape, and the ids and times of day change with every run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKey } from '../src/modules/keys/create-key.js';
import { walk } from './support/walk.js';
import { WholeService } from './support/whole-service.js';

const FILE = 'src/http/examples/answers.ts';
const HEAD = `/** Answers of a service. Written by \`npm run openapi:examples\`. */
import type { AnswerExamples } from './requests.js';

`;
/** A short name of a machine may also be a part of an id. */
const HOST = new RegExp(String.raw`\b${hostname()}\b`);
const MAX_ITEMS = 2;
const MAX_CHARACTERS = 400;

/** Media types whose answers are texts: the others are files. */
const TEXTS = ['application/json', 'application/jsonl', 'text/event-stream'];

interface Operation {
  operationId: string;
  responses: Record<string, { content?: object }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
}
const document = JSON.parse(readFileSync('openapi/openapi.json', 'utf8')) as Document;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, { operationId, responses }]) => ({
    operationId,
    method: method.toUpperCase(),
    path: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    isFile: Object.entries(responses).every(
      ([status, { content = {} }]) => !status.startsWith('2') || TEXTS.every((type) => !(type in content)),
    ),
  })),
);

type Recorded = Record<string, Record<string, Record<string, unknown>>>;
const recorded: Recorded = {};
/** Of streams, which end when they end. */
const recording: Promise<void>[] = [];

/** The first answer to each operation that has more in it than those before: an empty list shows nothing. */
async function record(method: string, url: string, response: Response): Promise<void> {
  const { pathname } = new URL(url);
  const operation = operations.find((one) => one.method === method && one.path.test(pathname));
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  if (!operation || !response.ok || !TEXTS.includes(type)) return;
  const text = await response.text();
  const answer = type === 'application/json' ? shortened(JSON.parse(text)) : lines(text, type);
  const answers = ((recorded[operation.operationId] ??= {})[response.status] ??= {});
  if (JSON.stringify(answer).length > JSON.stringify(answers[type] ?? '').length) answers[type] = answer;
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string' && value.length > MAX_CHARACTERS) return `${value.slice(0, MAX_CHARACTERS)}…`;
  if (typeof value === 'string') return value.replace(/^(bghr?_).*/, '$1…').replace(HOST, 'worker-1');
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map(shortened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shortened(inner)]));
}

/** The first few of a stream. */
function lines(text: string, type: string): string {
  const separator = type === 'text/event-stream' ? '\n\n' : '\n';
  return `${text.split(separator).slice(0, MAX_ITEMS).join(separator)}${separator}`;
}

let service: WholeService;
const { fetch } = globalThis;
beforeAll(async () => {
  service = await WholeService.open({ BOUGH_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64') });
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const { method, url } = input instanceof Request ? input : new Request(input, { method: init?.method ?? 'GET' });
    recording.push(record(method, url, response.clone()));
    return response;
  };
});
afterAll(async () => {
  globalThis.fetch = fetch;
  await service.close();
});

test('a walk meets every operation, and each answers as the document says', async () => {
  const { dataSource } = service.api;
  const { key } = await createKey(dataSource, { projectName: 'operator', keyName: 'operator', scopes: ['operator'] });
  await walk(service, key);
  await Promise.all(recording);
  const unmet = operations.filter(({ operationId, isFile }) => !isFile && !(operationId in recorded));
  expect(unmet.map(({ operationId }) => operationId)).toEqual([]);
  if (process.env['BOUGH_EXAMPLES'] === undefined) return;
  const sorted = Object.fromEntries(
    Object.keys(recorded)
      .toSorted()
      .map((name) => [name, recorded[name]]),
  );
  writeFileSync(FILE, `${HEAD}export const ANSWER_EXAMPLES: AnswerExamples = ${JSON.stringify(sorted, null, 2)};\n`);
}, 180_000);
