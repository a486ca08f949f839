/** What the API answers about evaluations; what it takes is `src/spec/evaluation-spec.ts`. */
import { z } from 'zod';
import { Failure, Seconds, seconds, Usage } from '../../http/answer/common.schema.js';
import { pageFields, pageLimit, pageOf } from '../../http/answer/page.js';
import { WaitingFor, waitingText, type Waiting } from '../../http/answer/waiting-for.js';
import { anyOf, metadataFilter } from '../../http/request/query.schema.js';
import { EVALUATION_STATUSES, FINISH_REASONS, REWARD_STATUSES } from '../../spec/enums.js';
import { Metadata } from '../../spec/metadata.js';
import { ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';
import type { EvaluationItem } from '../../store/entities/evaluation-item.entity.js';
import type { Evaluation } from '../../store/entities/evaluation.entity.js';

const Mean = z.object({
  mean: z.number().nullable(),
  standard_error: z.number().nullable().describe("Of the questions' means; null for fewer than two questions."),
});

export const Aggregates = z
  .object({
    num_items: z.int(),
    num_questions: z.int().describe('With a scored answer.'),
    num_infra_error: z.int().describe('Answers that could not be scored: they count nowhere else.'),
    exact_match: Mean,
    reward: Mean,
    format_valid: Mean,
    tool_calls: Mean,
    model_tokens: Mean.optional().describe('That the model wrote. Absent of evaluations before they were counted.'),
    right: Mean.optional().describe(
      'Right answers, so that the mean is pass@1: those with a reward of 1, where the grader says right or wrong (a judge, `math`, the metric of a benchmark that is judged, …), else exact matches.',
    ),
    pass_at_k: z
      .record(z.string(), z.number())
      .describe(
        'For all k up to the answers per question, without bias (arXiv 2107.03374): how probably one of k is right; empty with one answer per question.',
      ),
    majority: Mean.nullable()
      .optional()
      .describe(
        'Whether the commonest answer to a question is right; answers with the same words are one, and of equally common ones each counts in part. Null with one answer per question.',
      ),
    by_category: z
      .record(
        z.string(),
        z.object({ num_questions: z.int(), num_infra_error: z.int(), right: Mean, exact_match: Mean, reward: Mean }),
      )
      .nullable()
      .optional()
      .describe('By the field of the examples’ metadata that is `category` in the spec; null where that is null.'),
  })
  .meta({ id: 'EvaluationAggregates' });

export const EvaluationObject = z
  .object({
    id: z.string(),
    object: z.literal('evaluation'),
    created_at: Seconds,
    status: z.enum(EVALUATION_STATUSES),
    model: z.string().describe('A model or a checkpoint.'),
    dataset: z.string(),
    spec: ResolvedEvaluationSpec,
    progress: z.object({ done: z.int(), total: z.int().nullable() }).describe('Answers, not questions.'),
    usage: Usage,
    aggregates: Aggregates.nullable().describe('Null until the evaluation has ended.'),
    warnings: z
      .array(z.string())
      .describe(
        'What makes it doubtful that the aggregates are worth anything, such as tools that are not those of the run, or a limit at which every answer was cut.',
      ),
    error: Failure.nullable(),
    manifest: z
      .record(z.string(), z.unknown())
      .describe(
        'Versions and machine fingerprint of the trainer that has answered, its threads, and its provider: cpu or webgpu.',
      ),
    waiting_for: WaitingFor,
    started_at: Seconds.nullable(),
    finished_at: Seconds.nullable(),
    metadata: Metadata,
  })
  .meta({ id: 'Evaluation' });
export type EvaluationObject = z.infer<typeof EvaluationObject>;

export const EvaluationList = pageOf(EvaluationObject, 'EvaluationList');

export const EvaluationQuery = z.strictObject({
  ...pageFields('evaluation'),
  status: anyOf(EVALUATION_STATUSES),
  metadata: metadataFilter,
});
export type EvaluationQuery = z.infer<typeof EvaluationQuery>;

export const ItemObject = z
  .object({
    object: z.literal('evaluation.item'),
    id: z.string().describe('The cursor of this list: `example_sample`.'),
    example: z.int().describe('Index of the example in the dataset.'),
    sample: z.int().describe('Which of the answers to it, from 0.'),
    question: z.string().nullable().describe('Null once the dataset is deleted.'),
    references: z.array(z.string()).nullable(),
    response: z.string(),
    answer: z.string().nullable().describe('The answer that the grader extracted.'),
    reward: z.number().nullable(),
    parts: z.record(z.string(), z.number()),
    flags: z.array(z.string()).describe('Why the reward is what it is; where there is none, what went wrong.'),
    exact_match: z.number().nullable(),
    format_valid: z.boolean(),
    tool_calls: z.int(),
    model_tokens: z.int().nullable().describe('Tokens that the model wrote; null where they were not counted yet.'),
    finish_reason: z.enum(FINISH_REASONS),
    reward_status: z.enum(REWARD_STATUSES),
  })
  .meta({ id: 'EvaluationItem' });
export type ItemObject = z.infer<typeof ItemObject>;

export const ItemList = pageOf(ItemObject, 'EvaluationItemList');

export const ItemQuery = z.strictObject({
  after: z
    .string()
    .regex(/^\d{1,9}_\d{1,9}$/, 'must be the last_id of a page of items')
    .optional()
    .describe('Cursor: `last_id` of the page before.'),
  limit: pageLimit,
  exact_match: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('Only right answers, or only others.'),
});
export type ItemQuery = z.infer<typeof ItemQuery>;

const ITEM_FORMATS = ['jsonl', 'parquet'] as const;
export type ItemFormat = (typeof ITEM_FORMATS)[number];

export const ItemExportQuery = z.strictObject({
  format: z.enum(ITEM_FORMATS).default('jsonl').describe('JSON Lines, or Parquet, in which `parts` is JSON text.'),
});
export type ItemExportQuery = z.infer<typeof ItemExportQuery>;

export function evaluationObject(evaluation: Waiting<Evaluation>): EvaluationObject {
  const { aggregates } = evaluation;
  return {
    id: evaluation.id,
    object: 'evaluation',
    created_at: seconds(evaluation.createdAt),
    status: evaluation.status,
    model: evaluation.modelId,
    dataset: evaluation.datasetId,
    spec: evaluation.spec,
    progress: evaluation.progress,
    usage: evaluation.usage,
    aggregates: Object.keys(aggregates).length > 0 ? (aggregates as z.infer<typeof Aggregates>) : null,
    warnings: evaluation.warnings,
    error: evaluation.error,
    manifest: evaluation.manifest,
    waiting_for: waitingText(evaluation),
    started_at: seconds(evaluation.startedAt),
    finished_at: seconds(evaluation.finishedAt),
    metadata: evaluation.metadata,
  };
}

export function itemObject(
  item: EvaluationItem,
  { question, references }: Pick<ItemObject, 'question' | 'references'>,
): ItemObject {
  return {
    object: 'evaluation.item',
    id: `${item.example}_${item.sample}`,
    example: item.example,
    sample: item.sample,
    question,
    references,
    response: item.response,
    answer: item.answer,
    reward: item.reward,
    parts: item.parts,
    flags: item.flags,
    exact_match: item.exactMatch,
    format_valid: item.formatValid,
    tool_calls: item.toolCalls,
    model_tokens: item.modelTokens,
    finish_reason: item.finishReason,
    reward_status: item.rewardStatus,
  };
}
