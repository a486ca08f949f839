import { z } from 'zod';
import { ModelOrCheckpointId } from '../ids.js';
import { OPTIMIZER } from '../run/optimizer.js';
import { supervisedFields, supervisedMethod } from './supervised.js';

export const dpo = supervisedMethod({
  name: 'dpo',
  title: 'DPO, Direct Preference Optimization',
  summary:
    'Supervised: learns from pairs of a better and a worse response to prefer the one, near a frozen reference model.',
  arxiv: '2305.18290',
  datasetKind: 'preference',
  fields: {
    ...supervisedFields,
    batch_size: z.int().min(1).max(65_536).describe('Pairs per optimiser step.'),
    max_length: supervisedFields.max_length.describe(
      'Of a prompt with either of its two responses; what is longer is cut.',
    ),
    beta: z
      .number()
      .positive()
      .max(100)
      .describe(
        'β: how much a response counts that is likelier than under the reference. The larger, the nearer the policy stays to it.',
      ),
    label_smoothing: z
      .number()
      .min(0)
      .lt(0.5)
      .describe(
        'Share of pairs that are taken to be the wrong way round: conservative DPO, -(1 - ε) log σ(margin) - ε log σ(-margin).',
      ),
    rpo_alpha: z
      .number()
      .min(0)
      .max(100)
      .describe(
        'α: weight of the mean -log π of the better response’s tokens beside the margin (RPO, arXiv 2404.19733). 0: the margin alone, as in DPO’s own paper, under which the better response may become less likely too.',
      ),
    reference_model: ModelOrCheckpointId.nullable().describe("null: the run's starting policy."),
  },
  // The paper's, but for its batches of 64, 150 updates of warm-up, and no likelihood beside the margin: docs/decisions/0027-dpo-keeps-likelihood.md.
  defaults: {
    optimizer: OPTIMIZER,
    training: {
      dataset_epochs: 1,
      steps: null,
      batch_size: 16,
      max_length: 1024,
      beta: 0.1,
      label_smoothing: 0,
      rpo_alpha: 1,
      reference_model: null,
      shuffle: true,
      max_batch_tokens: 16_384,
      world_size: 1,
    },
    checkpoint: { every_steps: 500, keep: 3 },
  },
});
