/** AdamW and its learning rate. */
import { z } from 'zod';

export const OptimizerSpec = z
  .strictObject({
    learning_rate: z.number().min(0).max(1),
    betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]),
    epsilon: z.number().positive(),
    weight_decay: z.number().min(0).max(1),
    decay: z.enum(['matrices', 'all']).describe('`matrices`: norms and biases are not decayed.'),
    max_grad_norm: z.number().positive().nullable().describe('Clip the global norm of the gradient; null: do not.'),
    warmup_steps: z.int().min(0).describe('Optimiser updates over which the learning rate rises.'),
    schedule: z.enum(['constant', 'linear', 'cosine', 'constant_then_linear']),
    final_fraction: z
      .number()
      .min(0)
      .max(1)
      .describe('What the learning rate decays towards, over the peak, for schedules that decay.'),
    decay_start: z
      .number()
      .min(0)
      .max(1)
      .describe('Share of the updates after the warm-up when `constant_then_linear` begins to decay.'),
  })
  .meta({ id: 'ResolvedOptimizerSpec' });
export type OptimizerSpec = z.infer<typeof OptimizerSpec>;

/** The paper's, for a policy. */
export const OPTIMIZER: OptimizerSpec = {
  learning_rate: 1e-6,
  betas: [0.9, 0.999],
  epsilon: 1e-8,
  weight_decay: 0.01,
  decay: 'matrices',
  max_grad_norm: 1,
  warmup_steps: 0,
  schedule: 'constant',
  final_fraction: 0,
  decay_start: 0.6,
};

/**
 * What is hardly meant of a learning rate.
 * @param updates of the whole run; null: not known yet
 */
export function rateWarnings({ learning_rate, warmup_steps }: OptimizerSpec, updates: number | null): string[] {
  if (learning_rate === 0) return ['optimizer.learning_rate is 0: nothing is learnt'];
  if (updates === null || warmup_steps < updates) return [];
  return [
    `optimizer.warmup_steps (${warmup_steps}) is not over when the run ends, after ${updates} updates: the learning rate never reaches its peak`,
  ];
}
