import { z } from 'zod';
import { toolRow } from './tool-row.js';

const shape = z.strictObject({ type: z.literal('mcp'), url: z.url(), allow: z.array(z.string()).optional() });

export const mcp = toolRow({
  built: false,
  input: shape,
  resolved: shape,
  nameOf: () => null,
  resolve: (tool) => tool,
  problems: () => [],
});
