import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';
import { extraBodyProblems, judgeServer } from './server.js';

const RUBRIC = `- An attempt that reaches the goal of the task is worth clearly more than one that does not.
- Of attempts that reach it, the one that gets there with less (fewer steps, fewer calls that fail) may be worth slightly more.
- Of attempts that do not, the one that comes nearer is worth more.
- Attempts that are equally good get the same score.`;

const DEFAULTS = { ...judgeServer.defaults, timeout_s: 120, max_tokens: 4096, rubric: RUBRIC } as const;

const EXAMPLE = {
  type: 'judge_group',
  base_url: 'https://api.openai.com/v1',
  model: 'o4-mini',
  secret: 'openai',
  temperature: null,
  max_tokens: null,
  rubric: 'An attempt that names a source is better than one that does not. The right answer is {reference}.',
};

const resolved = z.strictObject({
  type: z.literal('judge_group'),
  ...judgeServer.fields,
  rubric: z
    .string()
    .min(1)
    .max(65_536)
    .describe(
      'The standards, with {question} and {reference} filled in. The judge sees the question and every attempt in any case, the reference only here. ' +
        'Default: reaching the goal of the task counts, then how little it took.',
    ),
});

/** A language model compares all answers to a prompt, in one request, and gives each a score from 0 to 1: RULER (https://art.openpipe.ai/fundamentals/ruler). */
export const judgeGroup = rewardRow({
  input: resolved.partial({ ...judgeServer.optional, rubric: true }).meta({ examples: [EXAMPLE] }),
  resolved,
  resolve: (reward) =>
    overlay<z.infer<typeof resolved>>({ type: 'judge_group', model: reward.model, ...DEFAULTS }, reward),
  problems: ({ extra_body }, path) => extraBodyProblems(extra_body, path),
});
