import { z } from 'zod';
import { plainReward } from './reward-row.js';

const name = z.string().max(256).optional();
const template = (what: string) =>
  z
    .string()
    .max(65_536)
    .describe(
      `${what}, with {{sample.output_text}} (what the policy wrote after the last tool result), {{sample.answer}} (the answer in it), ` +
        '{{item.reference}}, {{item.question}} and {{item.FIELD}} of the example filled in.',
    );

const stringCheckShape = z.strictObject({
  type: z.literal('string_check'),
  name,
  input: template('What is checked'),
  reference: template('What it is checked against'),
  operation: z
    .enum(['eq', 'ne', 'like', 'ilike'])
    .describe('`like`, and `ilike` in any case: the input contains the reference.'),
});

const textSimilarityShape = z.strictObject({
  type: z.literal('text_similarity'),
  name,
  input: template('What is compared'),
  reference: template('With what'),
  evaluation_metric: z
    .enum(['fuzzy_match', 'bleu', 'gleu', 'rouge_1', 'rouge_2', 'rouge_3', 'rouge_4', 'rouge_5', 'rouge_l'])
    .describe(
      '`fuzzy_match` compares characters, the others words. What needs a model (`meteor`, `cosine`) is not taken.',
    ),
});

/** OpenAI's grader of that name. */
export const stringCheck = plainReward(stringCheckShape, { built: true });

/** OpenAI's grader of that name. */
export const textSimilarity = plainReward(textSimilarityShape, { built: true });
