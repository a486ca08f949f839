/** Schemas that several resources answer with. */
import { z } from 'zod';
import { ERROR_CATEGORIES } from '../../spec/enums.js';

/** Unix seconds, as every time in an answer. */
export function seconds(date: Date): number;
export function seconds(date: Date | null): number | null;
export function seconds(date: Date | null): number | null {
  return date === null ? null : Math.floor(date.getTime() / 1000);
}

export const Seconds = z.int().describe('Unix time, seconds.');

/** The largest number that an `int` column holds, or can be compared with. */
export const MAX_INT = 2 ** 31 - 1;

export const Failure = z
  .object({
    code: z.string(),
    message: z.string(),
    category: z.enum(ERROR_CATEGORIES).describe('`user`: change the request; `server`: our side.'),
  })
  .meta({ id: 'Failure' });

export const StoredFile = z.object({ name: z.string(), sha256: z.string(), size_bytes: z.int() }).meta({ id: 'File' });

const rolloutUsage = {
  prompt_tokens: z.int(),
  sampled_tokens: z.int(),
  tool_calls: z.int(),
  tool_calls_linear_equivalent: z
    .int()
    .describe(
      'Calls counted along every trajectory, each shared call once for each trajectory that has it: what these trajectories would have cost ' +
        'without sharing. Not what grpo costs: its trajectories are others, and call as often as they do.',
    ),
};

export const Usage = z
  .object({
    ...rolloutUsage,
    trained_tokens: z.int().describe('Each trajectory counted whole.'),
    unique_tokens: z.int().describe('Tokens that went through the model; shared prefixes once.'),
    wall_time_s: z.number(),
  })
  .meta({ id: 'Usage' });

export const RunUsage = Usage.extend({
  wall_time_s: z.number().describe('Of everything, evaluation too.'),
  evaluation: z
    .object(rolloutUsage)
    .describe('Of the held-out questions that the run asked between its steps; in none of the other counts.'),
}).meta({
  id: 'RunUsage',
  description:
    'What training has cost, a step included that a budget, a cancellation or a failure ended in its middle; and beside it what evaluation has.',
});
