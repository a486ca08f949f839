import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const DEFAULTS = { comparison: 'symbolic' } as const;

const resolved = z.strictObject({
  type: z.literal('math'),
  comparison: z
    .enum(['symbolic', 'strings'])
    .describe(
      '`symbolic`: 1/2, 0.5 and \\frac{2}{4} are equal, rows and intervals part by part, sets in any order; `strings`: by the rules of the MATH ' +
        'dataset, which the paper’s evaluation applies and which only rewrite text. Default symbolic.',
    ),
});

/** 1 where the answer, or without an `<answer>` block the last box, is a reference as mathematics; else 0. */
export const math = rewardRow({
  input: resolved.partial({ comparison: true }),
  resolved,
  resolve: (reward) => overlay<z.infer<typeof resolved>>({ type: 'math', ...DEFAULTS }, reward),
});
