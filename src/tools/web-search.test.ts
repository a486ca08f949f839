import { afterEach, beforeEach, expect, test } from 'vitest';
import { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { ask } from '../../test/support/calls.js';
import { JsonServer } from '../../test/support/json-server.js';
import type { SearchProviderName } from '../spec/tools/search.js';
import { SEARCH_PROVIDERS } from './web-search/index.js';
import { PageReader } from './pages/page-reader.js';
import { JudgeServer } from '../../test/support/judge-server.js';
import { WebSearchTool, type WebSearchOptions } from './web-search.js';

class SearchServer extends JsonServer<unknown> {
  override answer: JsonServer<unknown>['answer'] = (_, response) => void response.writeHead(404).end();
}

let server: SearchServer;
beforeEach(async () => {
  server = await new SearchServer().listen();
});
afterEach(() => server.close());

const toolOf = (name: SearchProviderName, changes: Partial<WebSearchOptions> = {}) =>
  new WebSearchTool({
    name,
    provider: SEARCH_PROVIDERS[name],
    address: new URL(`http://127.0.0.1:${server.port}/search`),
    secret: 'the-key',
    topK: 2,
    timeoutS: 5,
    outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])),
    spend: () => Promise.resolve(true),
    pages: null,
    ...changes,
  });

const json = { 'content-type': 'application/json' };
const texts = [
  'The capital of <strong>Peru</strong> is Lima.',
  'The capital of Peru is Lima.',
  'It has a harbour.',
  'x',
];

/** What each provider hears of the query `capital of "Peru"`, and the form of what it answers. */
test.each<[SearchProviderName, answer: object, heard: { path: string; headers: object; body: unknown }]>([
  [
    'brave',
    { web: { results: texts.map((description) => ({ title: 't', url: 'u', description })) } },
    { path: '/search?q=capital+of+Peru&count=2', headers: { 'x-subscription-token': 'the-key' }, body: null },
  ],
  [
    'serper',
    { organic: texts.map((snippet) => ({ title: 't', link: 'u', snippet })) },
    { path: '/search', headers: { 'x-api-key': 'the-key' }, body: { q: 'capital of Peru', num: 2 } },
  ],
  [
    'searxng',
    { results: texts.map((content) => ({ title: 't', url: 'u', content })) },
    { path: '/search?q=capital+of+Peru&format=json', headers: { authorization: 'Bearer the-key' }, body: null },
  ],
  [
    'tavily',
    { results: [...texts.map((content) => ({ url: 'u', content })), { url: 'u', content: null }] },
    {
      path: '/search',
      headers: { authorization: 'Bearer the-key' },
      body: { query: 'capital of Peru', max_results: 2 },
    },
  ],
])('%s is asked in its form, and what is said twice is shown once', async (name, answer, heard) => {
  server.answers(200, JSON.stringify(answer), json);
  expect(await ask(toolOf(name), 'capital of "Peru"')).toEqual({
    kind: 'ok',
    text: 'Page 1: The capital of Peru is Lima.\nPage 2: It has a harbour.',
  });
  expect(server.heard).toMatchObject([heard]);
});

test('nothing found is said, and an answer in another form finds nothing', async () => {
  server.answers(200, '{"organic": "none"}', json);
  expect(await ask(toolOf('serper'), 'x')).toEqual({ kind: 'ok', text: 'No search results found.' });
});

test.each([
  [422, 'too long', { kind: 'program_error', text: 'The search engine refused the query (422)' }],
  [
    401,
    'no key',
    { kind: 'infra_error', message: expect.stringMatching(/^brave: 127.0.0.1:\d+ answered 401: no key/) },
  ],
  [200, '<html>', { kind: 'infra_error', message: expect.stringContaining('answered no JSON: <html>') }],
])('an answer of %i %s is %j', async (status, body, outcome) => {
  server.answers(status, body);
  expect(await ask(toolOf('brave'), 'x')).toEqual(outcome);
});

test('a provider that is busy is asked again', async () => {
  server.answer = (_, response) => {
    const isFirst = server.heard.length === 1;
    response
      .writeHead(isFirst ? 429 : 200, { 'retry-after': '0' })
      .end(isFirst ? '' : '{"results": [{"content": "Lima"}]}');
  };
  expect(await ask(toolOf('tavily', { topK: 1 }), 'x')).toEqual({ kind: 'ok', text: 'Lima' });
  expect(server.heard).toHaveLength(2);
});

test('without a call left nothing is asked', async () => {
  expect(await ask(toolOf('brave', { spend: () => Promise.resolve(false) }), 'x')).toEqual({
    kind: 'infra_error',
    message: 'brave: today’s calls are used up: raise daily_calls, or go on after midnight UTC',
  });
  expect(server.heard).toEqual([]);
});

test('a key goes to no other origin that it is redirected to', async () => {
  const other = await new SearchServer().listen();
  other.answers(200, '{}');
  server.answers(302, '', { location: `http://127.0.0.1:${other.port}/` });
  await ask(toolOf('brave'), 'x');
  expect(other.heard).toHaveLength(1);
  expect(JSON.stringify(other.heard)).not.toContain('the-key');
  await other.close();
});

/** What a provider answers whose results are pages of the server itself. */
function answersWithPages(): void {
  const origin = `http://127.0.0.1:${server.port}`;
  const results = [
    { url: `${origin}/lima`, content: 'Lima is the capital of Peru ...' },
    { url: `${origin}/gone`, content: 'A page that is gone.' },
    { content: 'A page without an address.' },
  ];
  server.answer = ({ path }, response) => {
    if (path.startsWith('/search')) return void response.end(JSON.stringify({ results }));
    if (path === '/gone') return void response.writeHead(404).end();
    const html = '<p>It is old.</p><p>Lima is the capital and largest city of Peru.</p><p>It has a harbour.</p>';
    response.writeHead(200, { 'content-type': 'text/html' }).end(html);
  };
}

const readingTool = (changes: Partial<WebSearchOptions> = {}) => {
  const reader = new PageReader({ outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])), timeoutS: 5 });
  return toolOf('searxng', { topK: 3, pages: { reader, characters: 200, summariser: null }, ...changes });
};

const PASSAGES = [
  'Page 1: It is old.\nLima is the capital and largest city of Peru.\nIt has a harbour.',
  'Page 2: A page that is gone. (The page could not be read: it answered 404)',
  'Page 3: A page without an address. (The page could not be read: the search engine does not say where it is)',
].join('\n');

test('the pages of the results are read, and of one that cannot be read it is said why', async () => {
  answersWithPages();
  const tool = readingTool();
  expect(await ask(tool, 'capital of Peru')).toEqual({ kind: 'ok', text: PASSAGES });
  await tool.close();
});

test('a summary by the policy is asked for with what it is told, and one without pages is not', async () => {
  answersWithPages();
  const reader = new PageReader({ outgoing: new Outgoing(new AddressGuard(['127.0.0.0/8'])), timeoutS: 5 });
  const tool = readingTool({ pages: { reader, characters: 200, summariser: 'policy' } });
  const asked = await ask(tool, 'capital of Peru');
  expect(asked.kind).toBe('to_summarise');
  expect('text' in asked && asked.text).toMatch(/\*\*Search query:\*\* capital of Peru\n\n\*\*Web pages:\*\*\n/);
  expect('text' in asked && asked.text.endsWith(PASSAGES)).toBe(true);
  server.answer = (_, response) => void response.end(JSON.stringify({ results: [] }));
  expect(await ask(tool, 'nothing')).toEqual({ kind: 'ok', text: 'No search results found.' });
  await tool.close();
});

test('a summary is what a language model says under its heading, and one that fails is an infra_error', async () => {
  answersWithPages();
  const model = await JudgeServer.open();
  model.reply = () => '<think>Final Information?</think>I have read it.\n**Final Information**\n\nLima.\n';
  const outgoing = new Outgoing(new AddressGuard(['127.0.0.0/8']));
  const summariser = {
    url: new URL(`${model.baseUrl}/chat/completions`),
    outgoing,
    model: 'reader',
    secret: 'model-key',
    temperature: 0.6,
    maxTokens: 100,
    timeoutS: 5,
  };
  const reader = new PageReader({ outgoing, timeoutS: 5 });
  const tool = readingTool({ pages: { reader, characters: 200, summariser } });
  expect(await ask(tool, 'capital of Peru')).toEqual({ kind: 'ok', text: 'Lima.' });
  expect(model.heard).toMatchObject([
    { headers: { authorization: 'Bearer model-key' }, body: { model: 'reader', temperature: 0.6, max_tokens: 100 } },
  ]);
  const [{ content } = { content: '' }] = model.heard[0]?.body.messages ?? [];
  expect(content).toContain('**Search query:** capital of Peru');
  expect(content).toContain(PASSAGES);

  model.reply = () => '<think>Where?</think>It has no heading.';
  expect(await ask(tool, 'capital of Peru')).toEqual({ kind: 'ok', text: 'It has no heading.' });
  const answered = async (body: string): Promise<unknown> => {
    model.answers(200, body);
    return ask(tool, 'capital of Peru');
  };
  const failed = (message: RegExp) => ({ kind: 'infra_error', message: expect.stringMatching(message) as string });
  expect(await answered(model.completion('**Final Information**', 'length'))).toEqual(
    failed(/^searxng: 127\.0\.0\.1:\d+: its summary is empty, and was cut at its end: raise max_tokens$/),
  );
  expect(await answered('{"choices": []}')).toEqual(
    failed(/: it answered with no chat completion: \{"choices": \[\]\}$/),
  );
  expect(await answered('{"choices": [{"message": {"content": null, "refusal": "I cannot."}}]}')).toEqual(
    failed(/: it refused: I cannot\.$/),
  );
  model.answers(401, 'no key');
  expect(await ask(tool, 'capital of Peru')).toEqual({
    kind: 'infra_error',
    message: expect.stringMatching(/^searxng: 127.0.0.1:\d+ answered 401: no key/),
  });
  await Promise.all([tool.close(), model.close()]);
});
