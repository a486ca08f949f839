/**
 * What a user posts to evaluate a model or a checkpoint on a dataset, and its resolved form. What is not given comes from the run that made the
 * checkpoint: answers without the tools and the system prompt that a policy was trained with say nothing about it.
 */
import { z } from 'zod';
import { Accelerator, acceleratorProblems } from './accelerator.js';
import { asPaperJudge, benchmarkPrompt, defaultGrader, PAPER_SAMPLING } from './benchmarks/benchmark.js';
import { BENCHMARK_NAMES, benchmarkOf, type BenchmarkName } from './benchmarks/index.js';
import { CheckpointId, DatasetId } from './ids.js';
import { Metadata } from './metadata.js';
import { ONE_CALL_A_TURN, PROMPT_FIELDS, PLAIN_PROMPT, PromptInput, PromptSpec } from './prompt.js';
import { overlay } from './overlay.js';
import type { SpecProblem } from './problem.js';
import { ResolvedRewardSpec, resolveReward, rewardProblems, RewardSpecInput } from './rewards/index.js';
import { isSupervised, toolsOf, type ResolvedRunSpec } from './run-spec.js';
import { defaultMaxResultTokens, maxToolCallsPerTurn } from './run/rollout.js';
import { ResolvedToolSpec, resolveTool, toolName, toolProblems, ToolSpecInput } from './tools/index.js';
import { Seed } from './seed.js';
import type { WithoutEffect } from './without-effect.js';

const GREEDY = {
  temperature: 0,
  top_p: 1,
  samples: 1,
  max_response_tokens: 1024,
  max_result_tokens: 512,
  tool_call_limit: 3,
  max_tool_calls_per_turn: null,
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
  max_tool_calls_per_turn: maxToolCallsPerTurn.describe('As in a run. Of a checkpoint: as in its run. Else null.'),
};

export const EvaluationSpecInput = z
  .strictObject({
    model: z
      .string()
      .regex(/^mdl_[0-9A-Za-z]{1,40}$/, 'must be a model id (mdl_…); a checkpoint (ckpt_…) is given as `checkpoint`')
      .optional(),
    checkpoint: CheckpointId.optional(),
    dataset: DatasetId.optional(),
    benchmark: z
      .enum(BENCHMARK_NAMES)
      .optional()
      .describe(
        'What the dataset is, out of GET /v1/benchmarks: its metric is the grader and the paper’s sampling (temperature 0.6, top_p 0.95) the default, its category ' +
          'breaks the results down, and a `judge` without a prompt is asked as the paper’s is, beside its string rules.',
      ),
    category: z
      .string()
      .min(1)
      .max(200)
      .nullable()
      .optional()
      .describe(
        'Field of the examples’ metadata by which the aggregates are broken down, as in `level` or `info.difficulty`. Default that of the benchmark, else null: they are not.',
      ),
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
    grader: RewardSpecInput.optional().describe(
      'Default the metric of the benchmark; without one, of a checkpoint the reward of its run, else `arpo`.',
    ),
    accelerator: Accelerator.optional().describe(
      'As in a run, whatever the run of a checkpoint was carried out on. Default `auto`.',
    ),
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
    benchmark: z.enum(BENCHMARK_NAMES).nullable(),
    category: z.string().nullable(),
    prompt: PromptSpec,
    sampling: z.strictObject(samplingFields),
    tools: z.array(ResolvedToolSpec),
    grader: ResolvedRewardSpec,
    accelerator: Accelerator,
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
  const { max_response_tokens, max_result_tokens: given, tool_call_limit, max_tool_calls_per_turn } = run.rollout;
  // A run that was made before there was such a limit has none, or all of the response, which leaves nothing to answer with.
  const isLimit = given !== undefined && given < max_response_tokens;
  const max_result_tokens = isLimit ? given : defaultMaxResultTokens(max_response_tokens);
  return {
    prompt,
    sampling: { ...GREEDY, max_response_tokens, max_result_tokens, tool_call_limit, max_tool_calls_per_turn },
    tools: run.tools,
    grader: run.reward ?? OF_NO_RUN.grader,
  };
}

/**
 * Fills in what is not given. Call after `evaluationProblems` found nothing.
 * @param run the spec of the run that made the checkpoint; null: no run has made the model
 */
export function resolveEvaluationSpec(input: EvaluationSpecInput, run: ResolvedRunSpec | null): ResolvedEvaluationSpec {
  const model = input.model ?? input.checkpoint;
  if (!model || !input.dataset) throw new TypeError('model or checkpoint, and dataset, are required');
  const own = inheritedFrom(run);
  const inherited = input.benchmark ? withBenchmark(own, input.benchmark, run, input.tools ?? []) : own;
  return {
    model,
    dataset: input.dataset,
    benchmark: input.benchmark ?? null,
    category: input.category === undefined ? categoryOf(input.benchmark) : input.category,
    prompt: overlay(inherited.prompt, input.prompt),
    sampling: samplingOf(inherited.sampling, input.sampling),
    tools: input.tools?.map(resolveTool) ?? inherited.tools,
    grader: input.grader ? resolveReward(graderOf(input.grader, input.benchmark)) : inherited.grader,
    accelerator: input.accelerator ?? 'auto',
    limit: input.limit ?? null,
    seed: input.seed ?? 0,
    metadata: input.metadata ?? {},
  };
}

const categoryOf = (name: BenchmarkName | undefined): string | null => (name ? benchmarkOf(name).category : null);

const graderOf = (grader: RewardSpecInput, name: BenchmarkName | undefined): RewardSpecInput =>
  name ? asPaperJudge(grader, benchmarkOf(name)) : grader;

/** What a benchmark changes of what would be used without it. */
function withBenchmark(
  inherited: Inherited,
  name: BenchmarkName,
  run: ResolvedRunSpec | null,
  tools: readonly ToolSpecInput[],
): Inherited {
  const { prompt, sampling, grader } = inherited;
  return {
    ...inherited,
    prompt: run === null ? { ...prompt, system: benchmarkPrompt(tools.map(toolName)) } : prompt,
    sampling: { ...sampling, ...PAPER_SAMPLING },
    // Null only where a judge is lacking, which is a problem.
    grader: defaultGrader(benchmarkOf(name)) ?? grader,
  };
}

function samplingOf(inherited: Inherited['sampling'], given: EvaluationSpecInput['sampling']): Inherited['sampling'] {
  const response = given?.max_response_tokens;
  const limits = response === undefined ? {} : { max_result_tokens: defaultMaxResultTokens(response) };
  return overlay({ ...inherited, ...limits }, given);
}

/** Graders that give 1 for a right answer and 0 for a wrong one. */
const RIGHT_OR_WRONG = new Set<ResolvedRewardSpec['type']>([
  'exact_match',
  'math',
  'contains',
  'string_check',
  'judge',
]);

/** What says that an answer is right, for pass@k and majorities: its reward is 1 where the grader says just that, else it is an exact match. */
export function rightBy({ benchmark, grader }: Pick<ResolvedEvaluationSpec, 'benchmark' | 'grader'>): RightBy {
  const isJudged = benchmark !== null && benchmarkOf(benchmark).metric === 'judge';
  const isMetric = grader.type === 'paper_metric' && grader.metric !== 'f1';
  return isJudged || isMetric || RIGHT_OR_WRONG.has(grader.type) ? 'reward' : 'exact_match';
}

export type RightBy = 'reward' | 'exact_match';

/** Of an answer that could be scored. */
export function isRightBy(
  by: RightBy,
  { reward, exactMatch }: { readonly reward: number | null; readonly exactMatch: number | null },
): boolean {
  return by === 'reward' ? (reward ?? 0) >= 1 : exactMatch === 1;
}

/** Given fields that have no effect beside the others. */
export const EVALUATION_FIELDS: readonly WithoutEffect<ResolvedEvaluationSpec>[] = [
  {
    fields: ['sampling.top_p'],
    when: ({ sampling }) => sampling.temperature === 0,
    why: 'sampling.temperature is 0, and the likeliest token is written',
  },
  {
    fields: [
      'prompt.tool_syntax',
      'sampling.tool_call_limit',
      'sampling.max_tool_calls_per_turn',
      'sampling.max_result_tokens',
    ],
    when: ({ tools }) => tools.length === 0,
    why: 'there are no tools',
  },
  {
    fields: ['tools', 'sampling.max_result_tokens'],
    when: ({ sampling }) => sampling.tool_call_limit === 0,
    why: 'sampling.tool_call_limit is 0, so that no tool is ever called',
  },
  {
    fields: ['sampling.max_tool_calls_per_turn'],
    when: ({ prompt }) => prompt.tool_syntax === 'tags',
    why: ONE_CALL_A_TURN,
  },
  ...PROMPT_FIELDS,
];

/** What keeps the evaluation from running, by path. */
export function evaluationProblems(input: EvaluationSpecInput): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (!input.model === !input.checkpoint)
    problems.push({ path: 'model', message: 'give exactly one of model and checkpoint' });
  if (!input.dataset) {
    const message = input.benchmark
      ? `upload the questions of ${input.benchmark} as a dataset of kind rl and give its id: GET /v1/benchmarks says what the file is`
      : 'give a dataset of kind rl';
    problems.push({ path: 'dataset', message });
  }
  if (input.benchmark && !input.grader) {
    const benchmark = benchmarkOf(input.benchmark);
    const message = `the metric of ${benchmark.title} is a judge: name one, as in {"type": "judge", "model": "…"}, which is then asked as the paper’s is`;
    if (!defaultGrader(benchmark)) problems.push({ path: 'grader', message });
  }
  if (input.accelerator) problems.push(...acceleratorProblems(input.accelerator));
  problems.push(...toolProblems(input.tools ?? []));
  if (input.grader) problems.push(...rewardProblems(input.grader, 'grader'));
  return problems;
}
