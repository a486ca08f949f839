/** What a user posts to evaluate a model or a checkpoint on a dataset, and its resolved form. */
import { z } from 'zod';
import { DatasetId, Metadata, RewardSpec, ToolSpec, type SpecProblem } from './run-spec.js';
import { overlay } from './overlay.js';
import { resolveReward, resolveTool } from './tool-defaults.js';
import { unsupportedReward, unsupportedTools } from './unsupported.js';

const samplingFields = {
  temperature: z.number().min(0).max(10).describe('0 is greedy.'),
  top_p: z.number().positive().max(1),
  samples: z.int().min(1).max(64).describe('Answers per question.'),
  max_response_tokens: z.int().min(1),
  tool_call_limit: z.int().min(0).max(1000),
};

export const EvaluationSpecInput = z
  .strictObject({
    model: z.string().regex(/^mdl_/, 'must be a model id').optional(),
    checkpoint: z
      .string()
      .regex(/^ckpt_/, 'must be a checkpoint id')
      .optional(),
    dataset: DatasetId.optional(),
    benchmark: z.string().optional(),
    prompt: z
      .strictObject({ system: z.string().max(100_000).nullable() })
      .partial()
      .optional(),
    sampling: z.strictObject(samplingFields).partial().optional(),
    tools: z.array(ToolSpec).max(16).optional(),
    grader: RewardSpec.optional(),
    limit: z.int().min(1).nullable().optional(),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .optional(),
    metadata: Metadata.optional(),
  })
  .meta({ id: 'EvaluationSpec' });
export type EvaluationSpecInput = z.infer<typeof EvaluationSpecInput>;

export const ResolvedEvaluationSpec = z
  .strictObject({
    model: z.string().describe('A model or checkpoint id.'),
    dataset: DatasetId,
    prompt: z.strictObject({ system: z.string().nullable(), template: z.enum(['chat']) }),
    sampling: z.strictObject(samplingFields),
    tools: z.array(ToolSpec),
    grader: RewardSpec,
    limit: z.int().nullable(),
    seed: z.int(),
    metadata: Metadata,
  })
  .meta({ id: 'ResolvedEvaluationSpec' });
export type ResolvedEvaluationSpec = z.infer<typeof ResolvedEvaluationSpec>;

const GREEDY = { temperature: 0, top_p: 1, samples: 1, max_response_tokens: 1024, tool_call_limit: 3 };

/** Fills in the defaults; greedy decoding unless asked otherwise. Call after `evaluationProblems` found nothing. */
export function resolveEvaluationSpec(input: EvaluationSpecInput): ResolvedEvaluationSpec {
  const model = input.model ?? input.checkpoint;
  if (!model || !input.dataset) throw new TypeError('model or checkpoint, and dataset, are required');
  return {
    model,
    dataset: input.dataset,
    prompt: { system: input.prompt?.system ?? null, template: 'chat' },
    sampling: overlay(GREEDY, input.sampling),
    tools: (input.tools ?? []).map(resolveTool),
    grader: resolveReward(input.grader ?? { type: 'arpo' }),
    limit: input.limit ?? null,
    seed: input.seed ?? 0,
    metadata: input.metadata ?? {},
  };
}

/** What keeps the evaluation from running, by path. */
export function evaluationProblems(input: EvaluationSpecInput): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (!input.model === !input.checkpoint)
    problems.push({ path: 'model', message: 'give exactly one of model and checkpoint' });
  if (input.benchmark) problems.push({ path: 'benchmark', message: 'benchmarks are not built yet; give a dataset' });
  else if (!input.dataset) problems.push({ path: 'dataset', message: 'give a dataset of kind rl' });
  problems.push(...unsupportedTools(input.tools ?? []));
  if (input.grader) problems.push(...unsupportedReward(input.grader, 'grader'));
  return problems;
}
