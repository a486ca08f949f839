/** What the API takes and answers about comparisons of evaluations. */
import { z } from 'zod';

const MEASURES = ['right', 'reward', 'exact_match'] as const;

export const ComparisonInput = z
  .strictObject({
    a: z.string().describe('An evaluation that has ended.'),
    b: z.string().describe('Another one, of the same questions.'),
    measure: z
      .enum(MEASURES)
      .default('right')
      .describe('What the difference is of: the share of right answers, the reward, or the share of exact matches.'),
  })
  .meta({ id: 'EvaluationComparisonSpec' });
export type ComparisonInput = z.infer<typeof ComparisonInput>;

const share = z.number().describe('Share of the answers that are right.');

export const ComparisonObject = z
  .object({
    object: z.literal('evaluation.comparison'),
    a: z.string(),
    b: z.string(),
    measure: z.enum(MEASURES),
    questions: z.int().describe('With a scored answer in both.'),
    only_in_a: z.int().describe('Questions with a scored answer in a alone, which are left out.'),
    only_in_b: z.int(),
    mean_a: z.number().nullable().describe('Over the questions of both; several answers to one are averaged first.'),
    mean_b: z.number().nullable(),
    difference: z.number().nullable().describe('mean_b less mean_a.'),
    standard_error: z.number().nullable().describe('Of the difference, over questions; null for fewer than two.'),
    confidence_interval: z.tuple([z.number(), z.number()]).nullable().describe('95%, by the normal distribution.'),
    mcnemar: z
      .object({
        only_a: z.int().describe('Questions that a has right and b has not.'),
        only_b: z.int(),
        p_value: z.number().describe('Exact, in both directions.'),
      })
      .describe('McNemar’s test. A question counts as right where at least half of its answers are.'),
    flipped: z
      .array(z.object({ example: z.int(), question: z.string().nullable(), a: share, b: share }))
      .describe('The first hundred questions that one has right and the other has not.'),
    differing: z.array(z.string()).describe('Fields of the specs in which the two differ, beside the model.'),
    warnings: z.array(z.string()).describe('What makes it doubtful that the difference is one of the models.'),
  })
  .meta({ id: 'EvaluationComparison' });
export type ComparisonObject = z.infer<typeof ComparisonObject>;
