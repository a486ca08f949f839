/** What `training` of every method says of its batches. */
import { z } from 'zod';

/** Larger than any cluster that is meant. */
const MAX_PROCESSES = 4096;

export const batchFields = {
  shuffle: z.boolean(),
  max_batch_tokens: z
    .int()
    .min(64)
    .describe(
      'Unique tokens per forward and backward pass; larger batches are accumulated. One tree or sequence is never cut.',
    ),
  world_size: z
    .int()
    .min(1)
    .max(MAX_PROCESSES)
    .describe(
      'Processes that compute the run together, each with a GPU where its trainer has any: weights are sharded over them, and the updates are those of one process to rounding. More ' +
        'than 1 waits for a worker whose trainer can place as many, see docs/scaling.md.',
    ),
};
