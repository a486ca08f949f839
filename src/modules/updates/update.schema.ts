/** What the API answers about the optimiser updates of a run. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageOf, sequenceFields } from '../../http/answer/page.js';
import { stepFilter } from '../../http/request/query.schema.js';
import { decodeFloat32 } from '../../store/arrays.js';
import type { RunUpdate } from '../../store/entities/run-update.entity.js';

const Floats = z.array(z.number().nullable());

export const UpdateObject = z
  .object({
    object: z.literal('run.update'),
    created_at: Seconds,
    update: z.int().describe('Number of the optimiser step within the run, from 1; the cursor of this list.'),
    step: z.int(),
    attempt: z.int(),
    epoch: z
      .int()
      .describe(
        "From 0: the pass over the step's trajectories; of a supervised run, over the dataset, when the batch begins.",
      ),
    learning_rate: z.number(),
    loss_denominator: z
      .number()
      .describe(
        "The mini-batch's copied model tokens, or its trajectories; of a supervised run, the tokens that are learnt.",
      ),
    loss: z.number(),
    grad_norm: z.number(),
    trees: z
      .array(z.int())
      .describe("`index` of the step's trees, in the order of the batch; none of a supervised run."),
    segments: z
      .array(z.object({ tree: z.int(), segment: z.int(), start: z.int(), length: z.int() }))
      .describe(
        'Model segments in order: `index` of the tree and of the segment; start and length index the arrays here.',
      ),
    passes: z
      .array(z.object({ tokens: z.int(), dropout_seed: z.int().nullable() }))
      .nullable()
      .describe(
        'The parts in which the batch was computed: unique tokens of each, and what names its dropout masks, or null without dropout. Null of ' +
          'updates from before it was recorded. docs/replay.md says how the masks, and an adapter before its first update, are made.',
      ),
    examples: z
      .array(z.int())
      .nullable()
      .describe(
        "Of a supervised run: `index` of the dataset's examples, in the order of the batch. Else null: the trees name theirs.",
      ),
    advantages: Floats,
    old_logprobs: Floats,
    reference_logprobs: Floats.nullable().describe(
      'Null where neither the loss nor the reward has a KL term, and of a supervised run.',
    ),
  })
  .meta({
    id: 'RunUpdate',
    description:
      'The replay record: with the checkpoint before, enough to do the update again elsewhere. An update of a supervised run names its ' +
      'examples; it has no trees, and its arrays are empty. docs/replay.md says what each method takes of it.',
  });
export type UpdateObject = z.infer<typeof UpdateObject>;

export const UpdateList = pageOf(UpdateObject, 'RunUpdateList');
export const UpdateQuery = z.strictObject({ ...sequenceFields, step: stepFilter });
export type UpdateQuery = z.infer<typeof UpdateQuery>;

export function updateObject(row: RunUpdate): UpdateObject {
  const { update, epoch, learning_rate, loss_denominator, loss, grad_norm, trees, segments, passes, examples } =
    row.body;
  return {
    object: 'run.update',
    created_at: seconds(row.createdAt),
    step: row.step,
    attempt: row.attempt,
    update,
    epoch,
    learning_rate,
    loss_denominator,
    loss,
    grad_norm,
    trees,
    segments,
    passes: passes ?? null,
    examples: examples ?? null,
    advantages: decodeFloat32(row.advantages),
    old_logprobs: decodeFloat32(row.oldLogprobs),
    reference_logprobs: row.referenceLogprobs && decodeFloat32(row.referenceLogprobs),
  };
}
