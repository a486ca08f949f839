import { z } from 'zod';
import { toolRow } from './tool-row.js';

const shape = z.strictObject({ type: z.literal('http'), url: z.url(), name: z.string() });

export const http = toolRow({
  built: false,
  input: shape,
  resolved: shape,
  resolve: (tool) => tool,
  problems: () => [],
});
