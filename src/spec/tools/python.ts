import { z } from 'zod';
import { overlay } from '../overlay.js';
import { maxCalls } from './max-calls.js';
import { toolRow } from './tool-row.js';

const DEFAULTS = { runtime: 'wasm', timeout_s: 10, memory_mb: 256, max_calls: null } as const;

const resolved = z.strictObject({
  type: z.literal('python'),
  runtime: z
    .enum(['wasm', 'host'])
    .describe(
      '`wasm`: CPython 3.11 in WebAssembly, with sympy and mpmath. `host`: the Python of the worker’s machine with what its operator has installed there, ' +
        'numpy for instance, shut in by bubblewrap; waits for a worker that offers it (HOST_PYTHON). Default wasm.',
    ),
  timeout_s: z
    .number()
    .positive()
    .max(600)
    .describe(`Wall-clock limit of one call, seconds. Default ${DEFAULTS.timeout_s}.`),
  memory_mb: z
    .int()
    .min(32)
    .max(4096)
    .describe(`Memory limit of one call, MiB; with \`host\` of each of its processes. Default ${DEFAULTS.memory_mb}.`),
  max_calls: maxCalls,
});

export const python = toolRow({
  input: resolved.partial({ runtime: true, timeout_s: true, memory_mb: true, max_calls: true }),
  resolved,
  nameOf: () => 'python',
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ type: 'python', ...DEFAULTS }, tool),
  problems: () => [],
});
