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
    { type: 'mcp', url: 'https://example.com' },
  ],
])('%o has every default filled in', (given, resolved) => {
  expect(ResolvedToolSpec.parse(resolveTool(ToolSpecInput.parse(given)))).toEqual(resolved);
});

test('what is not built, not usable or given twice is named with its path', () => {
  const tools = [
    { type: 'http', url: 'https://example.com', name: 'weather' },
    { type: 'search', provider: 'brave', secret: 'key' },
    { type: 'search' },
  ].map((tool) => ToolSpecInput.parse(tool));
  expect(toolProblems(tools)).toEqual([
    { path: 'tools.0.type', message: 'http tools are not built yet; use python or search' },
    { path: 'tools.1.provider', message: 'web search is not built yet; name a corpus' },
    { path: 'tools.1.secret', message: 'secrets are not built yet; remove it' },
    { path: 'tools.2.corpus', message: 'name a dataset of kind corpus' },
    { path: 'tools.2.type', message: 'a run takes one search tool; remove the second' },
  ]);
});

test('a tool that searches says where', () => {
  expect(corpusOf(resolveTool({ type: 'search', corpus: 'ds_1' }))).toBe('ds_1');
  expect(corpusOf(resolveTool({ type: 'search' }))).toBeNull();
  expect(corpusOf(resolveTool({ type: 'python' }))).toBeNull();
});
