import { expect, test } from 'vitest';
import { resolveTool } from '../spec/tools/index.js';
import { createTool } from './create-tool.js';
import { ask } from '../../test/support/calls.js';

test('makes a search tool over the corpus of its context', async () => {
  const corpus = ['The capital of Peru is Lima.', 'The capital of Chile is Santiago.'].map((text) => ({ text }));
  const tool = await createTool({ type: 'search', corpus: 'ds_1', top_k: 1, k1: 0.2, b: 0.5 }, { corpus });
  expect(tool.definitions.map(({ name }) => name)).toEqual(['search']);
  expect(await ask(tool, 'capital of Chile')).toEqual({ kind: 'ok', text: 'The capital of Chile is Santiago.' });
  await expect(createTool(resolveTool({ type: 'search', corpus: 'ds_1' }), {})).rejects.toThrow('needs the documents');
});

test('makes a python tool with the limits of its spec', async () => {
  const tool = await createTool({ type: 'python', timeout_s: 0.3, memory_mb: 64 }, {});
  expect(await ask(tool, 'while True: pass')).toEqual({
    kind: 'program_error',
    text: 'TimeoutError: the program did not end within 0.3 s',
  });
  await tool.close();
});

test.each([
  { type: 'mcp', url: 'https://example.com' },
  { type: 'http', url: 'https://example.com', name: 'x' },
] as const)('refuses $type tools, which are declared but not built', async (spec) => {
  await expect(createTool(spec, {})).rejects.toMatchObject({ code: 'NOT_IMPLEMENTED_YET' });
});
