/**
 * What a user posts to evaluate a model or a checkpoint on a dataset, and its resolved form. What is not given comes from the run that made the
 * checkpoint: answers without the tools and the system prompt that a policy was trained with say nothing about it.
 */
import { z } from 'zod';
import { CheckpointId, DatasetId, ModelId } from './ids.js';
import { Metadata } from './metadata.js';
import { PLAIN_PROMPT, PromptInput, PromptSpec } from './prompt.js';
import { overlay } from './overlay.js';
import type { SpecProblem } from './problem.js';
import { ResolvedRewardSpec, resolveReward, rewardProblems, RewardSpecInput } from './rewards/index.js';
import { isSupervised, toolsOf, type ResolvedRunSpec } from './run-spec.js';
import { defaultMaxResultTokens } from './run/rollout.js';
import { ResolvedToolSpec, resolveTool, toolProblems, ToolSpecInput } from './tools/index.js';
import { Seed } from './seed.js';
import type { WithoutEffect } from './without-effect.js';

const GREEDY = {
  temperature: 0,
  top_p: 1,
  samples: 1,
  max_response_tokens: 1024,
  max_result_tokens: 512,
  tool_call_limit: 3,
};

const samplingFields = {
  temperature: z.number().min(0).max(10).describe('0 is greedy.'),
  top_p: z.number().positive().max(1),
  samples: z.int().min(1).max(64).describe('Answers per question.'),
  max_response_tokens: z.int().min(1).describe(`Of a checkpoint: as in its run. Else ${GREEDY.max_response_tokens}.`),
  max_result_tokens: z
    .int()
    .min(1)
    .describe(
      'Of one tool result, as in a run. Default half of max_response_tokens where that is given; else, of a checkpoint: as in its run.',
    ),
  tool_call_limit: z.int().min(0).max(1000).describe(`Of a checkpoint: as in its run. Else ${GREEDY.tool_call_limit}.`),
};

export const EvaluationSpecInput = z
  .strictObject({
    model: ModelId.optional(),
    checkpoint: CheckpointId.optional(),
    dataset: DatasetId.optional(),
    benchmark: z.string().optional(),
    prompt: PromptInput.optional().describe('What is not given is, of a checkpoint, as in its run.'),
    sampling: z.strictObject(samplingFields).partial().optional(),
    tools: z
      .array(ToolSpecInput)
      .max(16)
      .optional()
      .describe(
        'What the model may call; an empty list: nothing. Of a checkpoint: default as in its run. After an sft run whose demonstrations have ' +
          'tool results, and which names no tools, there is no default: name them.',
      ),
    grader: RewardSpecInput.optional().describe('Of a checkpoint: default the reward of its run. Else `arpo`.'),
    limit: z.int().min(1).nullable().optional().describe('The first so many questions; null or absent: all.'),
    seed: Seed.optional(),
    metadata: Metadata.optional(),
  })
  .meta({
    id: 'EvaluationSpec',
    description:
      'A model or a checkpoint, and a dataset. Of a checkpoint, what is not given of system prompt, tools, grader and limits comes from the run ' +
      'that made it. Decoding is greedy unless asked otherwise.',
  });
export type EvaluationSpecInput = z.infer<typeof EvaluationSpecInput>;

export const ResolvedEvaluationSpec = z
  .strictObject({
    model: z.string().describe('A model or checkpoint id.'),
    dataset: DatasetId,
    prompt: PromptSpec,
    sampling: z.strictObject(samplingFields),
    tools: z.array(ResolvedToolSpec),
    grader: ResolvedRewardSpec,
    limit: z.int().nullable(),
    seed: z.int(),
    metadata: Metadata,
  })
  .meta({ id: 'ResolvedEvaluationSpec' });
export type ResolvedEvaluationSpec = z.infer<typeof ResolvedEvaluationSpec>;

type Inherited = Pick<ResolvedEvaluationSpec, 'prompt' | 'sampling' | 'tools' | 'grader'>;

const OF_NO_RUN: Inherited = {
  prompt: PLAIN_PROMPT,
  sampling: GREEDY,
  tools: [],
  grader: resolveReward({ type: 'arpo' }),
};

function inheritedFrom(run: ResolvedRunSpec | null): Inherited {
  if (run === null) return OF_NO_RUN;
  const prompt = { ...PLAIN_PROMPT, ...run.prompt };
  if (isSupervised(run)) return { ...OF_NO_RUN, prompt, tools: [...toolsOf(run)] };
  const { max_response_tokens, max_result_tokens: given, tool_call_limit } = run.rollout;
  // A run that was made before there was such a limit has none, or all of the response, which leaves nothing to answer with.
  const isLimit = given !== undefined && given < max_response_tokens;
  const max_result_tokens = isLimit ? given : defaultMaxResultTokens(max_response_tokens);
  return {
    prompt,
    sampling: { ...GREEDY, max_response_tokens, max_result_tokens, tool_call_limit },
    tools: run.tools,
    grader: run.reward,
  };
}

/**
 * Fills in what is not given. Call after `evaluationProblems` found nothing.
 * @param run the spec of the run that made the checkpoint; null: no run has made the model
 */
export function resolveEvaluationSpec(input: EvaluationSpecInput, run: ResolvedRunSpec | null): ResolvedEvaluationSpec {
  const model = input.model ?? input.checkpoint;
  if (!model || !input.dataset) throw new TypeError('model or checkpoint, and dataset, are required');
  const inherited = inheritedFrom(run);
  return {
    model,
    dataset: input.dataset,
    prompt: overlay(inherited.prompt, input.prompt),
    sampling: samplingOf(inherited.sampling, input.sampling),
    tools: input.tools?.map(resolveTool) ?? inherited.tools,
    grader: input.grader ? resolveReward(input.grader) : inherited.grader,
    limit: input.limit ?? null,
    seed: input.seed ?? 0,
    metadata: input.metadata ?? {},
  };
}

function samplingOf(inherited: Inherited['sampling'], given: EvaluationSpecInput['sampling']): Inherited['sampling'] {
  const response = given?.max_response_tokens;
  const limits = response === undefined ? {} : { max_result_tokens: defaultMaxResultTokens(response) };
  return overlay({ ...inherited, ...limits }, given);
}

/** Given fields that have no effect beside the others. */
export const EVALUATION_FIELDS: readonly WithoutEffect<ResolvedEvaluationSpec>[] = [
  {
    fields: ['sampling.top_p'],
    when: ({ sampling }) => sampling.temperature === 0,
    why: 'sampling.temperature is 0, and the likeliest token is written',
  },
  {
    fields: ['prompt.tool_syntax', 'sampling.tool_call_limit', 'sampling.max_result_tokens'],
    when: ({ tools }) => tools.length === 0,
    why: 'there are no tools',
  },
  {
    fields: ['tools', 'sampling.max_result_tokens'],
    when: ({ sampling }) => sampling.tool_call_limit === 0,
    why: 'sampling.tool_call_limit is 0, so that no tool is ever called',
  },
];

/** What keeps the evaluation from running, by path. */
export function evaluationProblems(input: EvaluationSpecInput): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (!input.model === !input.checkpoint)
    problems.push({ path: 'model', message: 'give exactly one of model and checkpoint' });
  if (input.benchmark) problems.push({ path: 'benchmark', message: 'benchmarks are not built yet; give a dataset' });
  else if (!input.dataset) problems.push({ path: 'dataset', message: 'give a dataset of kind rl' });
  problems.push(...toolProblems(input.tools ?? []));
  if (input.grader) problems.push(...rewardProblems(input.grader, 'grader'));
  return problems;
}
