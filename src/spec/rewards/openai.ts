import { z } from 'zod';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { plainReward, rewardRow } from './reward-row.js';
import { chatServer } from './server.js';

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
export const stringCheck = plainReward(stringCheckShape);

/** OpenAI's grader of that name. */
export const textSimilarity = plainReward(textSimilarityShape);

const contentPart = z.strictObject({ type: z.enum(['input_text', 'output_text', 'text']), text: template('A text') });
const content = z.union([template('A text'), contentPart, z.array(z.union([template('A text'), contentPart])).min(1)]);

const scoreModelShape = z.strictObject({
  type: z.literal('score_model'),
  name,
  ...chatServer.fields,
  input: z
    .array(
      z.strictObject({
        role: z.enum(['user', 'assistant', 'system', 'developer']),
        content,
        type: z.literal('message').optional(),
      }),
    )
    .min(1)
    .max(64)
    .describe('The messages. What form the reply has to have is added to the last.'),
  range: z.array(z.number()).length(2).describe('Of the score: its least and its greatest. Default [0, 1].'),
  sampling_params: z
    .record(z.string(), z.unknown())
    .describe(
      'Sent with each request: temperature, top_p, seed, max_completions_tokens, reasoning_effort. Default none.',
    ),
  pass_threshold: z.number().optional().describe('The flag of a score from here on is `passed`, else `failed`.'),
});

const SCORE_MODEL_EXAMPLE = {
  type: 'score_model',
  name: 'nearness',
  model: 'gpt-4.1-mini',
  base_url: 'https://api.openai.com/v1',
  secret: 'openai',
  input: [
    { role: 'system', content: 'Say how near the answer comes to the reference.' },
    { role: 'user', content: 'Reference: {{ item.reference }}\nAnswer: {{ sample.output_text }}' },
  ],
  range: [0, 1],
};

const SCORE_MODEL_DEFAULTS = { ...chatServer.defaults, range: [0, 1], sampling_params: {} };

/** OpenAI's grader of that name, at any endpoint that speaks as OpenAI's does. */
export const scoreModel = rewardRow({
  input: scoreModelShape
    .partial({ ...chatServer.optional, range: true, sampling_params: true })
    .meta({ examples: [SCORE_MODEL_EXAMPLE] }),
  resolved: scoreModelShape,
  resolve: ({ type, model, input, ...reward }) =>
    overlay<z.infer<typeof scoreModelShape>>({ type, model, input, ...SCORE_MODEL_DEFAULTS }, reward),
  problems({ input, range: [min = 0, max = 1] = SCORE_MODEL_DEFAULTS.range }, path) {
    const problems: SpecProblem[] = [];
    if (!/\{\{\s*sample\./.test(JSON.stringify(input)))
      problems.push({
        path: `${path}.input`,
        message: 'must have {{sample.output_text}} or {{sample.answer}}: every answer would get the same score',
      });
    if (max <= min) problems.push({ path: `${path}.range`, message: 'must end above its beginning' });
    return problems;
  },
});
