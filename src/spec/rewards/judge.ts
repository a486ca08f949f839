import { z } from 'zod';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { rewardRow } from './reward-row.js';
import { extraBodyProblems, judgeServer } from './server.js';
import { VerdictRule, verdictProblems } from './verdict.js';

const PROMPT = `Grade an answer to a question.

Question:
{question}

Reference:
{reference}

Answer:
{answer}

The answer is correct if it says what the reference says, in these or in other words. Give your reason in one sentence. Then write your verdict alone on the last line: correct or incorrect.`;

const DEFAULTS = {
  ...judgeServer.defaults,
  system: null,
  prompt: PROMPT,
  verdict: { type: 'choice', scores: { correct: 1, incorrect: 0 } },
} as const;

const EXAMPLE = {
  type: 'judge',
  base_url: 'https://api.openai.com/v1',
  model: 'gpt-4.1-mini',
  secret: 'openai',
  prompt:
    'Question: {question}\nReference: {reference}\nAnswer: {answer}\nHow right is it? End with: Score: a number from 0 to 10',
  verdict: { type: 'regex', pattern: 'Score: *(\\d+)' },
};

const text = z.string().max(65_536);

const resolved = z.strictObject({
  type: z.literal('judge'),
  ...judgeServer.fields,
  system: text.nullable().describe('A system message. Default null: none.'),
  prompt: text
    .min(1)
    .describe(
      'The message that asks for a verdict, with {question}, {reference} (every accepted answer, a line each), {answer} (the last box or text of the ' +
        'last `<answer>` block, else what was written after the last tool result) and {response} (all that follows the prompt, calls and results ' +
        'included) filled in. Default: asks whether the answer is correct by the reference.',
    ),
  verdict: VerdictRule.describe('Default: `correct` is worth 1, `incorrect` 0.'),
});

/** A language model says what each answer is worth. */
export const judge = rewardRow({
  input: resolved
    .partial({
      ...judgeServer.optional,
      system: true,
      prompt: true,
      verdict: true,
    })
    .meta({ examples: [EXAMPLE] }),
  resolved,
  resolve: (reward) => overlay<z.infer<typeof resolved>>({ type: 'judge', model: reward.model, ...DEFAULTS }, reward),
  problems({ prompt = PROMPT, verdict, extra_body }, path) {
    const problems: SpecProblem[] = extraBodyProblems(extra_body, path);
    if (!/\{(answer|response)\}/.test(prompt))
      problems.push({
        path: `${path}.prompt`,
        message: 'must have {answer} or {response}: every answer would get the same verdict',
      });
    if (verdict) problems.push(...verdictProblems(verdict, `${path}.verdict`));
    return problems;
  },
});
