import { expect, test } from 'vitest';
import { corpusOf, ResolvedToolSpec, resolveTool, toolProblems, toolSecrets, ToolSpecInput } from './index.js';

test.each([
  [{ type: 'python' }, { type: 'python', runtime: 'wasm', timeout_s: 10, memory_mb: 256 }],
  [
    { type: 'python', runtime: 'host', timeout_s: 3 },
    { type: 'python', runtime: 'host', timeout_s: 3, memory_mb: 256 },
  ],
  [
    { type: 'search', corpus: 'ds_1', k1: 0 },
    { type: 'search', corpus: 'ds_1', top_k: 3, k1: 0, b: 0.75, retrieval: 'bm25', embeddings: null },
  ],
  [
    {
      type: 'search',
      corpus: 'ds_1',
      retrieval: 'hybrid',
      embeddings: { base_url: 'https://example.com/v1', model: 'm', query_prefix: 'query: ' },
    },
    {
      type: 'search',
      corpus: 'ds_1',
      top_k: 3,
      k1: 1.2,
      b: 0.75,
      retrieval: 'hybrid',
      embeddings: {
        base_url: 'https://example.com/v1',
        model: 'm',
        secret: null,
        query_prefix: 'query: ',
        document_prefix: '',
        max_characters: 2000,
        batch_size: 32,
        timeout_s: 60,
      },
    },
  ],
  [
    { type: 'search', provider: 'brave', secret: 'brave', daily_calls: 50 },
    {
      type: 'search',
      provider: 'brave',
      secret: 'brave',
      url: null,
      daily_calls: 50,
      timeout_s: 30,
      cache: 'off',
      top_k: 3,
      k1: 1.2,
      b: 0.75,
      pages: null,
    },
  ],
  [
    {
      type: 'search',
      provider: 'searxng',
      url: 'https://example.com',
      pages: { characters: 2000, summary: { base_url: 'https://example.com/v1', model: 'm' } },
    },
    {
      type: 'search',
      provider: 'searxng',
      url: 'https://example.com',
      secret: null,
      daily_calls: 1000,
      timeout_s: 30,
      cache: 'off',
      top_k: 3,
      k1: 1.2,
      b: 0.75,
      pages: {
        timeout_s: 20,
        characters: 2000,
        summary: {
          base_url: 'https://example.com/v1',
          model: 'm',
          secret: null,
          temperature: 0.6,
          max_tokens: 4096,
          timeout_s: 60,
        },
      },
    },
  ],
  [
    { type: 'environment', name: 'guess', description: 'Guesses.', url: 'https://example.com' },
    {
      type: 'environment',
      name: 'guess',
      description: 'Guesses.',
      parameters: null,
      url: 'https://example.com',
      secret: null,
      timeout_s: 30,
      episodes: 8,
    },
  ],
  [
    { type: 'mcp', url: 'https://example.com' },
    { type: 'mcp', url: 'https://example.com', secret: null, timeout_s: 30, cache: 'off', allow: null },
  ],
])('%o has every default filled in', (given, resolved) => {
  expect(ResolvedToolSpec.parse(resolveTool(ToolSpecInput.parse(given)))).toEqual({ max_calls: null, ...resolved });
});

test('what is not usable or given twice is named with its path', () => {
  const tools = [{ type: 'search', corpus: 'ds_1', secret: 'key' }, { type: 'search' }].map((tool) =>
    ToolSpecInput.parse(tool),
  );
  expect(toolProblems(tools)).toEqual([
    { path: 'tools.0.secret', message: 'is for web search: name a provider, or remove it' },
    { path: 'tools.1.corpus', message: 'name a dataset of kind corpus, or a provider of web search' },
    { path: 'tools.1.type', message: 'a run takes one search tool; remove the second' },
  ]);
});

test.each([
  [{ provider: 'brave' }, 'secret', 'name the secret that is your API key of brave'],
  [{ provider: 'searxng' }, 'url', 'say where your instance is, such as https://searx.example.com/search'],
  [
    { provider: 'serper', secret: 'key', corpus: 'ds_1' },
    'corpus',
    'a search is over a corpus or through a provider: remove one of the two',
  ],
])('web search as %j lacks its %s, or has one too many', (given, name, message) => {
  const problems = toolProblems([ToolSpecInput.parse({ type: 'search', ...given })]);
  expect(problems).toEqual([{ path: `tools.0.${name}`, message }]);
});

const embeddings = { base_url: 'https://example.com/v1', model: 'm', secret: 'key' };

test.each([
  [{ retrieval: 'dense' }, 'embeddings', 'name the endpoint that embeds for dense retrieval: its base_url and a model'],
  [{ embeddings }, 'embeddings', 'bm25 uses none: set retrieval to dense or hybrid, or remove it'],
])('a search over a corpus with %j has no endpoint, or one too many', (given, name, message) => {
  const tool = ToolSpecInput.parse({ type: 'search', corpus: 'ds_1', ...given });
  expect(toolProblems([tool])).toEqual([{ path: `tools.0.${name}`, message }]);
});

test('how a corpus is searched says nothing of the web, and its endpoint names a secret', () => {
  const web = ToolSpecInput.parse({
    type: 'search',
    provider: 'brave',
    secret: 'key',
    retrieval: 'hybrid',
    embeddings,
  });
  const message = 'is for a search over a corpus: remove it, or the provider';
  expect(toolProblems([web])).toEqual([
    { path: 'tools.0.retrieval', message },
    { path: 'tools.0.embeddings', message },
  ]);
  const tool = resolveTool(ToolSpecInput.parse({ type: 'search', corpus: 'ds_1', retrieval: 'dense', embeddings }));
  expect(toolSecrets(tool)).toEqual([{ path: 'embeddings.secret', name: 'key' }]);
});

const weather = {
  type: 'http',
  name: 'weather',
  description: 'The weather in a city.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  url: 'https://example.com/weather',
};

test('a run may have several http tools, each of a name of its own', () => {
  const tools = (...given: object[]) => toolProblems(given.map((tool) => ToolSpecInput.parse(tool)));
  expect(tools(weather, { ...weather, name: 'forecast' })).toEqual([]);
  expect(tools(weather, weather)).toEqual([
    { path: 'tools.1.name', message: 'two tools are called weather; give one of them another name' },
  ]);
  expect(resolveTool(ToolSpecInput.parse(weather))).toMatchObject({ secret: null, timeout_s: 30, cache: 'off' });
});

test.each([
  ['', 'must be a whole address that begins with http:// or https://, such as https://example.com/path'],
  ['example.com', 'must be a whole address that begins with http:// or https://, such as https://example.com/path'],
  [
    'ftp://example.com',
    'must be a whole address that begins with http:// or https://, such as https://example.com/path',
  ],
  ['https://user:pw@example.com', 'must not hold a password: name a secret'],
])('the address %j of a server is refused as a field', (url, message) => {
  expect(ToolSpecInput.safeParse({ ...weather, url }).error?.issues).toEqual([
    expect.objectContaining({ path: ['url'], message }),
  ]);
});

test.each([
  [{ type: 'string' }, 'must have "type": "object"'],
  [{ type: 'object', required: 'city' }, 'data/required must be array'],
  [{ type: 'object', properties: { a: { $ref: 'https://example.com/schema' } } }, "can't resolve reference"],
  [{ type: 'object', description: 'x'.repeat(40_000) }, 'at most 32768 characters'],
])('parameters that are no schema of an object (%#) are refused', (parameters, message) => {
  expect(toolProblems([ToolSpecInput.parse({ ...weather, parameters })])).toEqual([
    { path: 'tools.0.parameters', message: expect.stringContaining(message) },
  ]);
});

test('a pattern that is no regular expression is refused where it stands', () => {
  const parameters = (properties: object) => ({ ...weather, parameters: { type: 'object', properties } });
  const problems = (properties: object) => toolProblems([ToolSpecInput.parse(parameters(properties))]);
  expect(
    problems({
      city: { type: 'string', pattern: '^[A-Z' },
      'a/b': { anyOf: [{ pattern: '(' }, { type: 'object', patternProperties: { '*': {} } }] },
    }),
  ).toEqual([
    { path: 'tools.0.parameters.properties.city.pattern', message: expect.stringContaining('/^[A-Z/') },
    { path: 'tools.0.parameters.properties.a/b.anyOf.0.pattern', message: expect.stringContaining('/(/') },
    { path: 'tools.0.parameters.properties.a/b.anyOf.1.patternProperties', message: expect.stringContaining('/*/') },
  ]);
  // What is only called so, and what JavaScript takes without its flag u.
  expect(problems({ pattern: { type: 'string', default: '(' }, dashed: { pattern: String.raw`^\d\-\d$` } })).toEqual(
    [],
  );
});

test.each([
  [{ name: 'answer' }, 'means something else to the model'],
  [{ name: 'the weather' }, 'letters, digits'],
  [{ url: 'https://user:password@example.com' }, 'name a secret'],
  [
    { url: 'ftp://example.com' },
    'must be a whole address that begins with http:// or https://, such as https://example.com/path',
  ],
])('an http tool with %o is refused', (change, message) => {
  expect(() => ToolSpecInput.parse({ ...weather, ...change })).toThrow(message);
});

test('a tool that searches says where', () => {
  expect(corpusOf(resolveTool({ type: 'search', corpus: 'ds_1' }))).toBe('ds_1');
  expect(corpusOf(resolveTool({ type: 'search' }))).toBeNull();
  expect(corpusOf(resolveTool({ type: 'python' }))).toBeNull();
});
