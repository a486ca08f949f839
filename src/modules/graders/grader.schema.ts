/** What the routes that try a grader take and answer. */
import { z } from 'zod';
import { ResolvedRewardSpec, RewardSpecInput } from '../../spec/rewards/index.js';

export const GraderValidation = z.strictObject({ grader: RewardSpecInput });
export type GraderValidation = z.infer<typeof GraderValidation>;

export const GraderValidationResult = z
  .object({
    object: z.literal('grader.validation'),
    valid: z.boolean(),
    grader: ResolvedRewardSpec.describe('With every default filled in.'),
    problems: z.array(z.object({ path: z.string(), message: z.string() })),
  })
  .meta({ id: 'GraderValidation' });
export type GraderValidationResult = z.infer<typeof GraderValidationResult>;

const TEXT_LIMIT = 1_000_000;
const text = z.string().max(TEXT_LIMIT);
const Reference = z.union([text, z.number()]);

const GivenPart = z.strictObject({
  kind: z.enum(['text', 'call', 'result']),
  text,
  tool: z.string().nullable().optional().describe('Of a call or a result: the name of the tool.'),
});
export type GivenPart = z.infer<typeof GivenPart>;

export const GraderRun = z.strictObject({
  grader: RewardSpecInput,
  items: z
    .array(
      z.strictObject({
        response: z
          .union([text, z.array(GivenPart).max(1000)])
          .describe(
            'All that follows the prompt: a text without calls, or what the policy wrote, called and was answered, in order.',
          ),
        reference: z.union([Reference, z.array(Reference).max(1000)]).describe('One answer, or several that will do.'),
        question: text.optional(),
        metadata: z.record(z.string(), z.unknown()).optional().describe('Other fields of the example.'),
      }),
    )
    .min(1)
    .max(1000),
});
export type GraderRun = z.infer<typeof GraderRun>;

const GradedItem = z.object({
  status: z.enum(['scored', 'infra_error']),
  reward: z.number().nullable().describe('Null where the grader could not do its work.'),
  parts: z.record(z.string(), z.number()).describe('Addends of the reward.'),
  flags: z.array(z.string()).describe('Why it is what it is.'),
  answer: z.string().nullable().describe('What was taken from the response.'),
  format_valid: z.boolean(),
  error: z.string().nullable().describe('Why there is no reward.'),
});
export type GradedItem = z.infer<typeof GradedItem>;

export const GraderRunResult = z
  .object({ object: z.literal('list'), data: z.array(GradedItem).describe('In the order of the items.') })
  .meta({ id: 'GraderRunResult' });
export type GraderRunResult = z.infer<typeof GraderRunResult>;
