import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const DEFAULTS = { timeout_s: 5, memory_mb: 128 };

const resolved = z.strictObject({
  type: z.literal('python'),
  name: z.string().max(256).optional(),
  source: z
    .string()
    .min(1)
    .max(65_536)
    .describe(
      'Defines `score(item)`, which returns a number or `{"reward": number, "parts": {name: number}}`. `item` is a dict of `response` (all that ' +
        'follows the prompt), `parts` (that as a list of `{kind: text | call | result, text, tool}`), `answer` (the last box or text of the last ' +
        '`<answer>` block, or None), `reference`, `references`, `question` and `metadata` (the other fields of the example). OpenAI’s ' +
        '`grade(sample, item)` is taken as well. Python 3.11 with its standard library, sympy and mpmath, no network and no memory between answers; a function that ' +
        'raises leaves its answer without a score.',
    ),
  timeout_s: z.number().positive().max(60).describe(`For one answer, seconds. Default ${DEFAULTS.timeout_s}.`),
  memory_mb: z.int().min(32).max(1024).describe(`For one answer, MiB. Default ${DEFAULTS.memory_mb}.`),
});

/** A function of the user's, in the sandbox of the python tool. */
export const python = rewardRow({
  input: resolved.partial({ timeout_s: true, memory_mb: true }),
  resolved,
  resolve: (reward) =>
    overlay<z.infer<typeof resolved>>({ type: 'python', source: reward.source, ...DEFAULTS }, reward),
});
