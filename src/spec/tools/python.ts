import { z } from 'zod';
import { overlay } from '../overlay.js';
import { toolRow } from './tool-row.js';

const DEFAULTS = { timeout_s: 10, memory_mb: 256 };

const resolved = z.strictObject({
  type: z.literal('python'),
  timeout_s: z
    .number()
    .positive()
    .max(600)
    .describe(`Wall-clock limit of one call, seconds. Default ${DEFAULTS.timeout_s}.`),
  memory_mb: z.int().min(32).max(4096).describe(`Memory limit of one call, MiB. Default ${DEFAULTS.memory_mb}.`),
});

export const python = toolRow({
  input: resolved.partial({ timeout_s: true, memory_mb: true }),
  resolved,
  nameOf: () => 'python',
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ type: 'python', ...DEFAULTS }, tool),
  problems: () => [],
});
