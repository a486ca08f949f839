import { expect, test } from 'vitest';
import { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { resolveTool } from '../spec/tools/index.js';
import { createTool } from './create-tool.js';
import { ask } from '../../test/support/calls.js';
import { corpusOf } from '../../test/support/corpus.js';

test('makes a search tool over the corpus of its context', async () => {
  const corpus = corpusOf(['The capital of Peru is Lima.', 'The capital of Chile is Santiago.']);
  const tool = await createTool(
    { type: 'search', corpus: 'ds_1', top_k: 1, k1: 0.2, b: 0.5, max_calls: null },
    { corpus },
  );
  expect(tool.definitions.map(({ name }) => name)).toEqual(['search']);
  expect(await ask(tool, 'capital of Chile')).toEqual({ kind: 'ok', text: 'The capital of Chile is Santiago.' });
  await expect(createTool(resolveTool({ type: 'search', corpus: 'ds_1' }), {})).rejects.toThrow('needs its corpus');
  await tool.close();
});

test('makes a python tool with the limits of its spec', async () => {
  const tool = await createTool(
    { type: 'python', runtime: 'wasm', timeout_s: 0.3, memory_mb: 64, max_calls: null },
    {},
  );
  expect(await ask(tool, 'while True: pass')).toEqual({
    kind: 'program_error',
    text: 'TimeoutError: the program did not end within 0.3 s',
  });
  await tool.close();
});

test('an http tool of which the URL may not be asked for is refused when it is made', async () => {
  const spec = resolveTool({
    type: 'http',
    name: 'weather',
    description: 'The weather.',
    parameters: { type: 'object' },
    url: 'http://localhost:1234/',
  });
  const remote = {
    outgoing: new Outgoing(new AddressGuard()),
    secrets: new Map(),
    job: 'run_1',
    pinned: null,
    signal: new AbortController().signal,
  };
  await expect(createTool(spec, { remote })).rejects.toThrow(
    'The tool weather is not usable: localhost is not a public address: the operator can allow its network with ALLOWED_NETWORKS',
  );
});
