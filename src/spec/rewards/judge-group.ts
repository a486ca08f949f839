import { z } from 'zod';
import { overlay } from '../overlay.js';
import { rewardRow } from './reward-row.js';
import {
  extraBodyProblems,
  JUDGE_DEFAULTS,
  JUDGE_OPTIONAL,
  judgeFields,
  SAMPLING_DEFAULTS,
  SAMPLING_OPTIONAL,
  samplingFields,
} from './server.js';

const RUBRIC = `- An attempt that reaches the goal of the task is worth clearly more than one that does not.
- Of attempts that reach it, the one that gets there with less (fewer steps, fewer calls that fail) may be worth slightly more.
- Of attempts that do not, the one that comes nearer is worth more.
- Attempts that are equally good get the same score.`;

const DEFAULTS = { ...JUDGE_DEFAULTS, ...SAMPLING_DEFAULTS, timeout_s: 120, max_tokens: 4096, rubric: RUBRIC } as const;

const resolved = z.strictObject({
  type: z.literal('judge_group'),
  ...judgeFields,
  rubric: z
    .string()
    .min(1)
    .max(65_536)
    .describe(
      'The standards, with {question} and {reference} filled in. The judge sees the question and every attempt in any case, the reference only here. ' +
        'Default: reaching the goal of the task counts, then how little it took.',
    ),
  ...samplingFields,
});

/** A language model compares all answers to a prompt, in one request, and gives each a score from 0 to 1: RULER (https://art.openpipe.ai/fundamentals/ruler). */
export const judgeGroup = rewardRow({
  input: resolved.partial({ ...JUDGE_OPTIONAL, ...SAMPLING_OPTIONAL, rubric: true }),
  resolved,
  resolve: (reward) =>
    overlay<z.infer<typeof resolved>>({ type: 'judge_group', model: reward.model, ...DEFAULTS }, reward),
  problems: ({ extra_body }, path) => extraBodyProblems(extra_body, path),
});
