import { z } from 'zod';
import { overlay } from '../overlay.js';
import { maxCalls } from './max-calls.js';
import { toolRow } from './tool-row.js';

const DEFAULTS = { timeout_s: 10, memory_mb: 256, max_calls: null };

const resolved = z.strictObject({
  type: z.literal('python'),
  timeout_s: z
    .number()
    .positive()
    .max(600)
    .describe(`Wall-clock limit of one call, seconds. Default ${DEFAULTS.timeout_s}.`),
  memory_mb: z.int().min(32).max(4096).describe(`Memory limit of one call, MiB. Default ${DEFAULTS.memory_mb}.`),
  max_calls: maxCalls,
});

export const python = toolRow({
  input: resolved.partial({ timeout_s: true, memory_mb: true, max_calls: true }),
  resolved,
  nameOf: () => 'python',
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ type: 'python', ...DEFAULTS }, tool),
  problems: () => [],
});
