import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const DEFAULTS = { tool: null, min: 1, max: null, per: 'response', reward: 1 } as const;

const resolved = z.strictObject({
  type: z.literal('tool_use'),
  tool: z
    .string()
    .min(1)
    .max(256)
    .nullable()
    .describe('The name of the tool whose calls count; null: of any. Default null.'),
  min: z.int().min(0).max(1000).describe(`With fewer calls the reward is 0. Default ${DEFAULTS.min}.`),
  max: z
    .int()
    .min(0)
    .max(1000)
    .nullable()
    .describe(
      '`per: response`: with more calls the reward is 0; `per: call`: further calls add nothing. Default null: no limit.',
    ),
  per: z
    .enum(['response', 'call'])
    .describe('`response`: `reward` once; `call`: `reward` for each call. Default response.'),
  reward: z
    .number()
    .min(-1_000_000)
    .max(1_000_000)
    .describe(`Below 0, calls cost something. Default ${DEFAULTS.reward}.`),
});

/** Counts the calls that were answered. */
export const toolUse = rewardRow({
  input: resolved.partial({ tool: true, min: true, max: true, per: true, reward: true }),
  resolved,
  resolve: (reward) => overlay<z.infer<typeof resolved>>({ type: 'tool_use', ...DEFAULTS }, reward),
  problems: ({ min = DEFAULTS.min, max }, path) =>
    max != null && max < min ? [{ path: `${path}.max`, message: `must not be less than min (${min})` }] : [],
});
