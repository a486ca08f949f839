/** What `training` of every method says of its batches. */
import { z } from 'zod';

export const batchFields = {
  shuffle: z.boolean(),
  max_batch_tokens: z
    .int()
    .min(64)
    .describe(
      'Unique tokens per forward and backward pass; larger batches are accumulated. One tree or sequence is never cut.',
    ),
};
