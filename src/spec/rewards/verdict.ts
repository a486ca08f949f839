/** How a number is read out of what a judge replies. */
import { z } from 'zod';
import type { SpecProblem } from '../problem.js';

const worth = z.number().min(-1_000_000).max(1_000_000);

export const VerdictRule = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('choice'),
      scores: z
        .record(z.string().min(1).max(64), worth)
        .describe('What each choice is worth. The one that the reply names last, in any case, counts.'),
    }),
    z.strictObject({
      type: z.literal('regex'),
      pattern: z
        .string()
        .min(1)
        .max(1000)
        .describe(
          'A JavaScript pattern. The number is the first group of its last match in the reply, or all of the match.',
        ),
    }),
    z.strictObject({
      type: z.literal('json'),
      field: z
        .string()
        .min(1)
        .max(256)
        .describe('Of the JSON object in the reply: the field with the number, as in `score` or `result.score`.'),
    }),
  ])
  .meta({ id: 'VerdictRule' });
export type VerdictRule = z.infer<typeof VerdictRule>;

/** What keeps any reply from having a verdict, or different ones. */
export function verdictProblems(rule: VerdictRule, path: string): SpecProblem[] {
  if (rule.type === 'json') return [];
  if (rule.type === 'choice') {
    const scores = Object.values(rule.scores);
    if (new Set(scores).size > 1) return [];
    return [{ path: `${path}.scores`, message: 'give two choices or more that are worth different scores' }];
  }
  try {
    // Compiles it, which is what throws.
    ''.search(rule.pattern);
    return [];
  } catch (error) {
    return [{ path: `${path}.pattern`, message: (error as Error).message }];
  }
}
