import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const DEFAULTS = { within: 'answer', match: 'words' } as const;

const resolved = z.strictObject({
  type: z.literal('contains'),
  within: z
    .enum(['answer', 'response'])
    .describe(
      '`answer`: the last box, or else the text, of the last `<answer>` block; `response`: all that the policy wrote outside of tool calls. Default answer.',
    ),
  match: z
    .enum(['words', 'characters'])
    .describe(
      '`words`: a reference’s words occur one after the other, case, punctuation and articles aside, so that 1 is not in 31; `characters`: its ' +
        'characters do, as they stand, for scripts without spaces. Default words.',
    ),
});

/** 1 where a reference occurs, else 0. */
export const contains = rewardRow({
  input: resolved.partial({ within: true, match: true }),
  resolved,
  resolve: (reward) => overlay<z.infer<typeof resolved>>({ type: 'contains', ...DEFAULTS }, reward),
});
