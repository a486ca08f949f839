import { z } from 'zod';
import { OPTIMIZER } from '../run/optimizer.js';
import { supervisedFields, supervisedMethod } from './supervised.js';

export const sft = supervisedMethod({
  name: 'sft',
  title: 'supervised fine-tuning on what the assistant wrote',
  summary: 'Supervised: the loss is on what the assistant wrote; also the cold start before the others.',
  arxiv: null,
  datasetKind: 'sft',
  fields: {
    ...supervisedFields,
    batch_size: z
      .int()
      .min(1)
      .max(65_536)
      .describe('Rows of max_length tokens per optimiser step when packing, else examples.'),
    pack: z.boolean().describe('Fill each row with several examples that do not see each other.'),
  },
  defaults: {
    optimizer: { ...OPTIMIZER, learning_rate: 1e-5, schedule: 'cosine' },
    training: {
      dataset_epochs: 1,
      steps: null,
      batch_size: 16,
      max_length: 1024,
      pack: true,
      shuffle: true,
      max_batch_tokens: 16_384,
      world_size: 1,
    },
    checkpoint: { every_steps: 500, keep: 3 },
  },
});
