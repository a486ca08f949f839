/** What a run of every method has. */
import { z } from 'zod';
import { Accelerator } from '../accelerator.js';
import { DatasetId, ModelOrCheckpointId } from '../ids.js';
import { Metadata } from '../metadata.js';
import { overlay } from '../overlay.js';
import { PLAIN_PROMPT, PromptInput, PromptSpec } from '../prompt.js';
import { OptimizerSpec } from './optimizer.js';
import { IntegrationInput, MAX_INTEGRATIONS, ResolvedIntegration, resolveIntegration } from './integrations.js';
import { Seed } from '../seed.js';

const Priority = z
  .int()
  .min(-100)
  .max(100)
  .describe('Of the runs of a project that wait, the one with the highest priority is taken up first.');

const INTEGRATIONS =
  'Experiment trackers that are told of the run: its metrics, and a sample of its trajectories. One that cannot be reached is told later; the run does not wait for it. Default none.';

const CheckpointSpec = z
  .strictObject({
    every_steps: z.int().min(1),
    keep: z.int().min(1).max(100).describe('Training checkpoints kept; the last is always kept.'),
  })
  .meta({ id: 'ResolvedCheckpointSpec' });
export type CheckpointSpec = z.infer<typeof CheckpointSpec>;

const BudgetSpec = z
  .strictObject({
    tool_calls: z.int().min(1).nullable().describe('Of training; evaluation makes its calls beside it.'),
    sampled_tokens: z.int().min(1).nullable().describe('Of training; evaluation samples beside it.'),
    wall_time_s: z.number().positive().nullable().describe('Of everything, evaluation too.'),
  })
  .meta({ id: 'ResolvedBudgetSpec' });

export const commonInput = {
  name: z.string().min(1).max(200).nullable().optional(),
  model: ModelOrCheckpointId,
  dataset: DatasetId,
  prompt: PromptInput.optional(),
  optimizer: OptimizerSpec.partial().meta({ id: 'OptimizerSpec' }).optional(),
  checkpoint: CheckpointSpec.partial().meta({ id: 'CheckpointSpec' }).optional(),
  budget: BudgetSpec.partial().meta({ id: 'BudgetSpec' }).optional(),
  accelerator: Accelerator.optional(),
  priority: Priority.optional(),
  seed: Seed.optional(),
  integrations: z.array(IntegrationInput).max(MAX_INTEGRATIONS).optional().describe(INTEGRATIONS),
  metadata: Metadata.optional(),
};

export const commonResolved = {
  name: z.string().nullable(),
  model: ModelOrCheckpointId,
  dataset: DatasetId,
  prompt: PromptSpec,
  optimizer: OptimizerSpec,
  checkpoint: CheckpointSpec,
  budget: BudgetSpec,
  accelerator: Accelerator,
  priority: Priority,
  seed: z.int(),
  integrations: z.array(ResolvedIntegration).describe(INTEGRATIONS),
  metadata: Metadata,
};

type CommonInput = z.infer<z.ZodObject<typeof commonInput>>;
type CommonSpec = z.infer<z.ZodObject<typeof commonResolved>>;

export function resolveCommon(input: CommonInput, defaults: Pick<CommonSpec, 'optimizer' | 'checkpoint'>): CommonSpec {
  return {
    name: input.name ?? null,
    model: input.model,
    dataset: input.dataset,
    prompt: overlay(PLAIN_PROMPT, input.prompt),
    optimizer: overlay(defaults.optimizer, input.optimizer),
    checkpoint: overlay(defaults.checkpoint, input.checkpoint),
    budget: overlay<CommonSpec['budget']>({ tool_calls: null, sampled_tokens: null, wall_time_s: null }, input.budget),
    accelerator: input.accelerator ?? 'auto',
    priority: input.priority ?? 0,
    seed: input.seed ?? 0,
    integrations: (input.integrations ?? []).map(resolveIntegration),
    metadata: input.metadata ?? {},
  };
}
