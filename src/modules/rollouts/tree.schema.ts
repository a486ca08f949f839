/** What the API answers about rollout trees and their segments. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageFields, pageOf } from '../../http/answer/page.js';
import { stepFilter } from '../../http/request/query.schema.js';
import { SEGMENT_KINDS } from '../../spec/enums.js';
import { decodeFloat32, decodeInt32 } from '../../store/arrays.js';
import type { Segment } from '../../store/entities/segment.entity.js';
import type { Tree } from '../../store/entities/tree.entity.js';

const Floats = z.array(z.number().nullable());

export const ToolCallObject = z
  .object({
    name: z.string(),
    input: z.string(),
    span: z
      .object({ start: z.int(), end: z.int() })
      .nullable()
      .describe(
        'Where the call stands in the text of the last model segment before: UTF-16 code units, `end` not included. Null: it was not recorded.',
      ),
    outcome: z.enum(['ok', 'program_error', 'infra_error']),
    text: z.string().describe('What the tool answered.'),
    latency_ms: z.number(),
    call: z.string().describe("The call's name within the run; the same after a resumption."),
  })
  .meta({ id: 'ToolCall' });

export const SegmentObject = z
  .object({
    id: z.string(),
    index: z.int().describe('Place within the tree, from 0; a parent comes before its children.'),
    parent_id: z.string().nullable().describe('Null: the prompt.'),
    kind: z.enum(SEGMENT_KINDS),
    text: z.string(),
    num_tokens: z.int(),
    token_ids: z.array(z.int()),
    logprobs: Floats.nullable().describe('Of the sampled tokens; null where the policy sampled nothing.'),
    entropies: Floats.nullable().describe('Nats.'),
    advantages: Floats.nullable().describe('Null where the segment takes no part in the update.'),
    forked: z.boolean().describe('The first segment of a branch that left its parent after a tool result.'),
    entropy: z.number().nullable().describe('Mean entropy of the first probed tokens, nats.'),
    delta_entropy: z.number().nullable(),
    branch_probability: z.number().nullable(),
    forks: z
      .object({
        wanted: z.int().describe('Those that the draws gave; 0: the draws gave none.'),
        granted: z.int().describe('Fewer than wanted: the tree had no more slots left.'),
        decode_step: z.int().describe('Decode steps of the batch when it was decided.'),
      })
      .nullable()
      .describe(
        'What was decided after the tool result before this segment; null where nothing was, or it was not recorded.',
      ),
    tool: ToolCallObject.nullable().describe('Of a tool segment: the call that it answers.'),
  })
  .meta({ id: 'Segment' });
export type SegmentObject = z.infer<typeof SegmentObject>;

export const TreeSummary = z
  .object({
    id: z.string(),
    object: z.literal('tree'),
    created_at: Seconds,
    run_id: z.string(),
    step: z.int(),
    index: z.int().describe('Place of the prompt within the step, from 0.'),
    attempt: z.int(),
    example: z.int().describe("Index of the example in the run's dataset."),
    num_segments: z.int(),
    num_trajectories: z.int(),
    num_tokens: z.int().describe('Each segment counted once.'),
    step_finished: z
      .boolean()
      .describe(
        'False while the step is under way; and for good where a budget, a cancellation or a failure ended the run in it: nothing was learnt.',
      ),
  })
  .meta({ id: 'TreeSummary' });
export type TreeSummary = z.infer<typeof TreeSummary>;

export const TreeObject = TreeSummary.extend({
  segments: z.array(SegmentObject),
  trajectories: z
    .array(z.object({ id: z.string(), index: z.int(), segment_ids: z.array(z.string()) }))
    .describe('In the order in which they began; segments from the root to the leaf.'),
}).meta({ id: 'Tree' });
export type TreeObject = z.infer<typeof TreeObject>;

export const TreeList = pageOf(TreeSummary, 'TreeList');

export const TreeQuery = z.strictObject({
  ...pageFields('tree'),
  order: z.enum(['asc', 'desc']).default('asc').describe('By time of creation.'),
  step: stepFilter,
});
export type TreeQuery = z.infer<typeof TreeQuery>;

export interface TreeCounts {
  segments: number;
  trajectories: number;
  tokens: number;
  finished: boolean;
}

export function treeSummary(tree: Tree, counts: TreeCounts): TreeSummary {
  return {
    id: tree.id,
    object: 'tree',
    created_at: seconds(tree.createdAt),
    run_id: tree.runId,
    step: tree.step,
    index: tree.index,
    attempt: tree.attempt,
    example: tree.example,
    num_segments: counts.segments,
    num_trajectories: counts.trajectories,
    num_tokens: counts.tokens,
    step_finished: counts.finished,
  };
}

export function segmentObject(segment: Segment): SegmentObject {
  return {
    id: segment.id,
    index: segment.index,
    parent_id: segment.parentId,
    kind: segment.kind,
    text: segment.text,
    num_tokens: segment.numTokens,
    token_ids: decodeInt32(segment.tokenIds),
    logprobs: segment.logprobs && decodeFloat32(segment.logprobs),
    entropies: segment.entropies && decodeFloat32(segment.entropies),
    advantages: segment.advantages && decodeFloat32(segment.advantages),
    forked: segment.forked,
    entropy: segment.entropy,
    delta_entropy: segment.deltaEntropy,
    branch_probability: segment.branchProbability,
    forks: segment.forks,
    tool: toolCallObject(segment.tool),
  };
}

/** Of a segment that answers none: null. */
export function toolCallObject(tool: Segment['tool']): z.infer<typeof ToolCallObject> | null {
  return tool && { ...tool, span: tool.span ?? null };
}
