/** What a model can call. Pure data. */
import { z } from 'zod';

/** As the worker's tools offer it, or a client of chat completions. */
export const ToolDefinition = z
  .object({
    name: z.string(),
    description: z.string(),
    parameters: z.record(z.string(), z.unknown()).describe('JSON Schema of the arguments, which are one object.'),
  })
  .meta({ id: 'ToolDefinition' });
export type ToolDefinition = z.infer<typeof ToolDefinition>;
