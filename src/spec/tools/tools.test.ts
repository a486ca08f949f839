import { expect, test } from 'vitest';
import { corpusOf, ResolvedToolSpec, resolveTool, toolProblems, ToolSpecInput } from './index.js';

test.each([
  [{ type: 'python' }, { type: 'python', timeout_s: 10, memory_mb: 256 }],
  [
    { type: 'python', timeout_s: 3 },
    { type: 'python', timeout_s: 3, memory_mb: 256 },
  ],
  [
    { type: 'search', corpus: 'ds_1', k1: 0 },
    { type: 'search', corpus: 'ds_1', top_k: 3, k1: 0, b: 0.75 },
  ],
  [
    { type: 'mcp', url: 'https://example.com' },
    { type: 'mcp', url: 'https://example.com', secret: null, timeout_s: 30, cache: 'off', allow: null },
  ],
])('%o has every default filled in', (given, resolved) => {
  expect(ResolvedToolSpec.parse(resolveTool(ToolSpecInput.parse(given)))).toEqual(resolved);
});

test('what is not usable or given twice is named with its path', () => {
  const tools = [{ type: 'search', provider: 'brave', secret: 'key' }, { type: 'search' }].map((tool) =>
    ToolSpecInput.parse(tool),
  );
  expect(toolProblems(tools)).toEqual([
    { path: 'tools.0.provider', message: 'web search is not built yet; name a corpus' },
    { path: 'tools.0.secret', message: 'a corpus needs no secret; remove it' },
    { path: 'tools.1.corpus', message: 'name a dataset of kind corpus' },
    { path: 'tools.1.type', message: 'a run takes one search tool; remove the second' },
  ]);
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
  ['', 'Invalid URL'],
  ['example.com', 'Invalid URL'],
  ['ftp://example.com', 'Invalid URL'],
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

test.each([
  [{ name: 'answer' }, 'means something else to the model'],
  [{ name: 'the weather' }, 'letters, digits'],
  [{ url: 'https://user:password@example.com' }, 'name a secret'],
  [{ url: 'ftp://example.com' }, 'Invalid URL'],
])('an http tool with %o is refused', (change, message) => {
  expect(() => ToolSpecInput.parse({ ...weather, ...change })).toThrow(message);
});

test('a tool that searches says where', () => {
  expect(corpusOf(resolveTool({ type: 'search', corpus: 'ds_1' }))).toBe('ds_1');
  expect(corpusOf(resolveTool({ type: 'search' }))).toBeNull();
  expect(corpusOf(resolveTool({ type: 'python' }))).toBeNull();
});
