import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const DEFAULTS = { unit: 'characters', penalty: 1 } as const;

const resolved = z.strictObject({
  type: z.literal('length_penalty'),
  max: z.int().min(1).max(100_000_000).describe('From this length on the reward is -penalty.'),
  buffer: z
    .int()
    .min(0)
    .describe(
      'Over how much of the length below max the reward falls from 0, in a line; 0: at once. Default half of max.',
    ),
  unit: z
    .enum(['characters', 'words'])
    .describe(
      'Of all that the policy wrote, calls included and tool results not: code points, or what white space separates. For tokens, which a reward ' +
        'does not see, there is advantage.overlong_tokens. Default characters.',
    ),
  penalty: z.number().positive().max(1_000_000).describe(`Default ${DEFAULTS.penalty}.`),
});

/** DAPO's soft overlong punishment (arXiv 2503.14476, equation 13), by text and not by tokens. */
export const lengthPenalty = rewardRow({
  input: resolved.partial({ buffer: true, unit: true, penalty: true }),
  resolved,
  resolve: (reward) =>
    overlay<z.infer<typeof resolved>>(
      { type: 'length_penalty', max: reward.max, buffer: Math.floor(reward.max / 2), ...DEFAULTS },
      reward,
    ),
  problems: ({ max, buffer = 0 }, path) =>
    buffer > max ? [{ path: `${path}.buffer`, message: `must not exceed max (${max})` }] : [],
});
