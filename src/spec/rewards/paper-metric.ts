import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';

const DEFAULTS = { metric: 'f1', task: 'qa' } as const;

const resolved = z.strictObject({
  type: z.literal('paper_metric'),
  metric: z
    .enum(['em', 'acc', 'f1', 'math_equal'])
    .describe(
      'Exact match, a reference occurs in the answer, F1 of the words, or equal by the rules of the MATH dataset. Default f1.',
    ),
  task: z.enum(['qa', 'math']).describe('`qa` drops the words a, an, the before it compares. Default qa.'),
});

/** A metric of ARPO’s released evaluation, with its way to find the answer, quirks included. */
export const paperMetric = rewardRow({
  input: resolved.partial({ metric: true, task: true }),
  resolved,
  resolve: (reward) => overlay<z.infer<typeof resolved>>({ type: 'paper_metric', ...DEFAULTS }, reward),
});
