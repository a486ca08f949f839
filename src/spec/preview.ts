/** What a preview finds out about a run before it starts: what its prompts look like, how long it takes and what memory. Shapes only. */
import { z } from 'zod';

const seconds = z.number().min(0);
const bytes = z.number().min(0);
const Spread = z.object({ min: z.number(), mean: z.number(), max: z.number() });

export const PreviewedPrompt = z.object({
  example: z.int().describe('Index of the example in the dataset.'),
  tokens: z.int(),
  text: z.string().describe('As the model reads it, control tokens included.'),
});
export type PreviewedPrompt = z.infer<typeof PreviewedPrompt>;

export const PreviewedTokens = z.object({
  examples: z.int().describe('In the dataset.'),
  counted: z.int().describe('Examples that were counted, spread evenly over the dataset.'),
  prompt: Spread.describe('Tokens per prompt.'),
  example: Spread.nullable().describe(
    'Tokens per example, answers included, as far as `max_length` keeps them; method sft only.',
  ),
  steps: z.int().describe('Optimiser steps that `dataset_epochs` makes, or the steps that were asked for.'),
  tokens_per_step: z
    .number()
    .nullable()
    .describe('Tokens that a step reads and learns from, on average; method sft only.'),
});
export type PreviewedTokens = z.infer<typeof PreviewedTokens>;

export const TimeEstimate = z.object({
  prepare_s: seconds.describe(
    'From the start of the trainer to the first step, and what only the first step takes: graphs are built, tools started.',
  ),
  sample_s: seconds,
  tools_s: seconds.describe('Sampling stands still and waits for tools.'),
  score_s: seconds,
  update_s: seconds,
  evaluate_s: seconds,
  checkpoint_s: seconds,
  total_s: seconds.describe('What `usage.wall_time_s` of the run will say.'),
  longest_s: seconds
    .nullable()
    .describe(
      'The same if every response fills `max_response_tokens` and every group is learnt from; null for method sft.',
    ),
});
export type TimeEstimate = z.infer<typeof TimeEstimate>;

export const MemoryEstimate = z.object({
  peak_bytes: bytes.describe('The most that the run will hold at once: what the preview held.'),
  most_bytes: bytes.describe('The same if every batch and every response is as long as the specification allows.'),
  weights_bytes: bytes,
  gradients_bytes: bytes,
  optimizer_bytes: bytes,
  cache_bytes: bytes.describe('Keys and values of the trajectories that are written at once, at most.'),
  pass_bytes: bytes.describe('Activations of the largest batch.'),
  available_bytes: bytes.describe("What this worker's machine has for a trainer."),
});
export type MemoryEstimate = z.infer<typeof MemoryEstimate>;

export const Measured = z.object({
  steps: z.int().describe('Whole steps that were carried out.'),
  prompts: z.int().describe('Prompts that were rolled out.'),
  trajectories: z.int(),
  sampled_tokens: z.int(),
  response_tokens: Spread.nullable().describe('Tokens per response, tool results included.'),
  tool_calls: z.int(),
  groups_learnt: z
    .number()
    .nullable()
    .describe('Share of the prompts whose rewards differed, and that a step therefore learns from.'),
  trained_tokens: z.int(),
  evaluated: z.int().describe('Held-out questions that were answered.'),
  seconds: z.number().describe('That the preview took.'),
});
export type Measured = z.infer<typeof Measured>;

export const Estimate = z
  .object({
    time: TimeEstimate,
    memory: MemoryEstimate,
    measured: Measured.describe('What the estimate rests on.'),
    assumptions: z.array(z.string()),
  })
  .meta({ id: 'RunEstimate' });
export type Estimate = z.infer<typeof Estimate>;

export const PreviewResult = z.object({
  prompts: z.array(PreviewedPrompt),
  tokens: PreviewedTokens,
  estimate: Estimate,
});
export type PreviewResult = z.infer<typeof PreviewResult>;

/** A preview with what was warned of meanwhile. */
export type WarnedPreviewResult = PreviewResult & { warnings: string[] };
