import { z } from 'zod';

/** Of every tool. */
export const maxCalls = z
  .int()
  .min(1)
  .max(1000)
  .nullable()
  .describe(
    'Calls of it in one trajectory, of a server those of each of its tools: further ones are not made, and the model is told so. They count against tool_call_limit all the same. Default null: as many as that allows.',
  );
