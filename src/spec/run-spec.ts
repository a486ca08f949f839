/**
 * What a user posts to start a run, and what the service stores after filling in the defaults of the method.
 * Schemas only: the defaults are in `defaults.ts`, what cannot run yet in `unsupported.ts`.
 */
import { z } from 'zod';
import { ACCELERATORS } from './enums.js';

const objectId = (prefix: string) =>
  z.string().regex(new RegExp(`^${prefix}_[0-9A-Za-z]{1,40}$`), `must be an id that starts with ${prefix}_`);
const probability = z.number().min(0).max(1);
const positiveInt = z.int().min(1);

export const DatasetId = objectId('ds');
export const ModelId = objectId('mdl');
export const CheckpointId = objectId('ckpt');
export const ModelOrCheckpointId = z
  .string()
  .regex(/^(mdl|ckpt)_[0-9A-Za-z]{1,40}$/, 'must be a model id (mdl_…) or a checkpoint id (ckpt_…)');

export const Metadata = z
  .record(z.string().max(64), z.string().max(512))
  .refine((m) => Object.keys(m).length <= 16, 'at most 16 pairs')
  .meta({ id: 'Metadata', description: 'Up to 16 pairs of strings of your own.', maxProperties: 16 });

export const ToolSpec = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('python'),
      timeout_s: z
        .number()
        .positive()
        .max(600)
        .optional()
        .describe('Wall-clock limit of one call, seconds. Default 10.'),
      memory_mb: z.int().min(32).max(4096).optional().describe('Memory limit of one call, MiB. Default 256.'),
    }),
    z.strictObject({
      type: z.literal('search'),
      corpus: DatasetId.optional().describe('A dataset of kind `corpus`, searched with BM25.'),
      provider: z.enum(['brave', 'serper', 'searxng', 'tavily']).optional(),
      secret: z.string().optional(),
      top_k: z.int().min(1).max(50).optional().describe('Documents returned per call. Default 3.'),
      k1: z.number().min(0).max(10).optional().describe('BM25 term saturation. Default 1.2.'),
      b: probability.optional().describe('BM25 length normalisation. Default 0.75.'),
    }),
    z.strictObject({ type: z.literal('mcp'), url: z.url(), allow: z.array(z.string()).optional() }),
    z.strictObject({ type: z.literal('http'), url: z.url(), name: z.string() }),
  ])
  .meta({ id: 'ToolSpec' });
export type ToolSpec = z.infer<typeof ToolSpec>;

const SimpleReward = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('arpo'),
    fidelity: z
      .enum(['bough', 'reference'])
      .optional()
      .describe('`reference` reproduces the released scorer, quirks included.'),
  }),
  z.strictObject({ type: z.literal('exact_match') }),
  z.strictObject({ type: z.literal('f1') }),
  z.strictObject({ type: z.literal('math') }),
  z.strictObject({
    type: z.literal('judge'),
    model: z.string(),
    url: z.url().optional(),
    secret: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('python'), source: z.string().max(65536) }),
  z.strictObject({ type: z.literal('http'), url: z.url(), secret: z.string().optional() }),
]);
export const RewardSpec = z
  .union([
    SimpleReward,
    z.strictObject({
      type: z.literal('sum'),
      terms: z
        .array(z.strictObject({ weight: z.number(), reward: SimpleReward }))
        .min(1)
        .max(8),
    }),
  ])
  .meta({ id: 'RewardSpec' });
export type RewardSpec = z.infer<typeof RewardSpec>;

const promptFields = {
  system: z.string().max(100_000).nullable().describe('System message put before each prompt.'),
  template: z.enum(['chat']).describe("How a prompt becomes tokens: the model's own chat template."),
};

const rolloutFields = {
  preset: z.enum(['bough', 'paper', 'reference']),
  group_size: z.int().min(2).max(1024).describe('M: trajectories per prompt.'),
  initial: positiveInt
    .max(1024)
    .describe('N: trajectories that start at the prompt; the rest are branches or fill-ups.'),
  branching: z
    .enum(['immediate', 'deferred'])
    .describe(
      '`immediate`: a trajectory forks while it is written, with probability P after each tool result. `deferred`: the N trajectories end first, then ' +
        'the other M - N fork from the tool results with the largest ΔH of the group, spread evenly over the upper half of them; there is no P.',
    ),
  fill: z
    .enum(['serial', 'at_once'])
    .describe(
      'How trajectories start that are missing when a group has run dry: `serial`: one at the prompt, which may fork, then the next; `at_once`: all ' +
        'at the prompt, with none left to fork.',
    ),
  branch_factor: z.int().min(1).max(64).describe('Z: independent fork attempts after one tool result.'),
  base_probability: probability.describe('α: fork probability without an entropy change.'),
  entropy_weight: z.number().min(-100).max(100).describe('β: weight of the entropy change.'),
  threshold: probability.nullable().describe('null: fork with probability P; a number: fork iff P exceeds it.'),
  probe_tokens: z.int().min(1).max(1024).describe('k: tokens over which entropy is measured.'),
  entropy: z.enum(['full', 'top_k']),
  entropy_scale: z.enum(['mean_over_log_vocab', 'sum_over_log_vocab', 'sum_over_vocab']),
  baseline: z.enum(['own', 'first_recorded_in_slot']),
  slot_order: z
    .enum(['entropy', 'index', 'random'])
    .describe(
      'Which tool results come first when forks are given out: those with the largest ΔH, those of the oldest trajectory, or by lot.',
    ),
  temperature: z.number().positive().max(10),
  top_p: z.number().positive().max(1),
  max_prompt_tokens: positiveInt.describe('Longer prompts are refused when the run starts.'),
  max_response_tokens: positiveInt.describe('All that follows the prompt, tool results included.'),
  max_result_tokens: positiveInt.describe(
    'Of one tool result, tags included. A longer one is cut, and to at most half of what is left of the response; it ends in `…[cut]` and its ' +
      'closing tag. Less than max_response_tokens; default half of it.',
  ),
  tool_call_limit: z.int().min(0).max(1000),
  mask_truncated: z.boolean().describe('Leave trajectories cut by length out of the update.'),
};

const advantageFields = {
  estimator: z.enum(['grpo']).describe('(R - mean) / (std + 1e-6) over the group, std with ddof 1.'),
  attribution: z.enum(['soft', 'hard']),
  zero_variance: z
    .enum(['keep', 'drop'])
    .describe(
      'Groups whose rewards are all equal have advantage 0. `keep`: their tokens count in the loss; `drop`: they do not.',
    ),
};

const optimizerFields = {
  learning_rate: z.number().min(0).max(1),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]),
  epsilon: z.number().positive(),
  weight_decay: z.number().min(0).max(1),
  decay: z.enum(['matrices', 'all']).describe('`matrices`: norms and biases are not decayed.'),
  max_grad_norm: z.number().positive().nullable().describe('Clip the global norm of the gradient; null: do not.'),
  warmup_steps: z.int().min(0).describe('Optimiser updates over which the learning rate rises.'),
  schedule: z.enum(['constant', 'linear', 'cosine', 'constant_then_linear']),
  final_fraction: probability.describe(
    'What the learning rate decays towards, over the peak, for schedules that decay.',
  ),
  decay_start: probability.describe(
    'Share of the updates after the warm-up when `constant_then_linear` begins to decay.',
  ),
};

/** Linear layers that an adapter can stand beside, as PEFT names them. */
export const ADAPTER_TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;

const adapterFields = {
  type: z.literal('lora'),
  rank: z.int().min(1).max(1024).describe('r: inner size of the low-rank product.'),
  alpha: z.number().positive().max(65_536).describe('The product counts alpha / rank times.'),
  dropout: z.number().min(0).max(0.9).describe("Share of an adapter's inputs that a training pass leaves out."),
  target_modules: z
    .array(z.enum(ADAPTER_TARGETS))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'names a module twice')
    .meta({ uniqueItems: true }),
};
const adapterDescription =
  'Train low-rank matrices beside the frozen weights (LoRA) instead of the weights; null: train all weights.';
export const AdapterSpec = z.strictObject(adapterFields);
export type AdapterSpec = z.infer<typeof AdapterSpec>;
const adapterInput = z
  .strictObject(adapterFields)
  .partial({ rank: true, alpha: true, dropout: true, target_modules: true })
  .nullable()
  .describe(`${adapterDescription} Defaults: rank 16, alpha twice the rank, dropout 0, all modules.`);
export type AdapterInput = z.infer<typeof adapterInput>;
const adapterResolved = AdapterSpec.nullable().describe(adapterDescription);

const policyTrainingFields = {
  steps: positiveInt.max(10_000_000),
  prompts_per_step: positiveInt.max(65_536),
  mini_batch_prompts: positiveInt.max(65_536).describe('Prompts per optimiser update.'),
  epochs: z.int().min(1).max(64).describe('Passes over the trajectories of a step.'),
  clip_low: z.number().min(0).max(1),
  clip_high: z.number().min(0).max(10),
  dual_clip: z.number().gt(1).nullable(),
  kl_coefficient: z.number().min(0).max(10),
  reference_model: ModelOrCheckpointId.nullable().describe("null: the run's starting policy."),
  entropy_bonus: z.number().min(-1).max(1),
  loss_aggregation: z.enum(['token', 'sequence']),
  shuffle: z.boolean(),
  max_batch_tokens: z
    .int()
    .min(64)
    .describe(
      'Unique tokens per forward and backward pass; larger batches are accumulated. One tree or sequence is never cut.',
    ),
};

const supervisedTrainingFields = {
  dataset_epochs: z.number().positive().max(1000).nullable(),
  steps: positiveInt.max(10_000_000).nullable(),
  batch_size: positiveInt
    .max(65_536)
    .describe('Rows of max_length tokens per optimiser step when packing, else examples.'),
  max_length: z.int().min(8).max(1_000_000),
  pack: z.boolean().describe('Fill each row with several examples that do not see each other.'),
  shuffle: z.boolean(),
  max_batch_tokens: policyTrainingFields.max_batch_tokens,
};

const checkpointFields = {
  every_steps: positiveInt,
  keep: positiveInt.max(100).describe('Training checkpoints kept; the last is always kept.'),
};

const evaluationFields = {
  every_steps: positiveInt,
  dataset: DatasetId,
  limit: positiveInt.nullable(),
};

const budgetFields = {
  tool_calls: positiveInt.nullable().describe('Of training; evaluation makes its calls beside it.'),
  sampled_tokens: positiveInt.nullable().describe('Of training; evaluation samples beside it.'),
  wall_time_s: z.number().positive().nullable().describe('Of everything, evaluation too.'),
};

const commonInput = {
  name: z.string().min(1).max(200).optional(),
  model: ModelOrCheckpointId,
  dataset: DatasetId,
  prompt: z.strictObject(promptFields).partial().optional(),
  optimizer: z.strictObject(optimizerFields).partial().optional(),
  checkpoint: z.strictObject(checkpointFields).partial().optional(),
  budget: z.strictObject(budgetFields).partial().optional(),
  accelerator: z.enum(ACCELERATORS).optional(),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  metadata: Metadata.optional(),
};

const policyInput = {
  ...commonInput,
  tools: z.array(ToolSpec).max(16).optional(),
  reward: RewardSpec.optional(),
  rollout: z.strictObject(rolloutFields).partial().optional(),
  advantage: z.strictObject(advantageFields).partial().optional(),
  training: z
    .strictObject({ ...policyTrainingFields, adapter: adapterInput })
    .partial()
    .optional(),
  evaluation: z.strictObject(evaluationFields).partial({ every_steps: true, limit: true }).optional(),
};

/** The body of POST /v1/runs. Only method, model and dataset are required. */
export const RunSpecInput = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('arpo'), ...policyInput }),
    z.strictObject({ method: z.literal('grpo'), ...policyInput }),
    z.strictObject({
      method: z.literal('sft'),
      ...commonInput,
      training: z
        .strictObject({ ...supervisedTrainingFields, adapter: adapterInput })
        .partial()
        .optional(),
    }),
    z.looseObject({ method: z.enum(['dapo', 'gspo', 'reinforce++', 'aepo', 'gigpo']) }),
  ])
  .meta({ id: 'RunSpec', description: 'What to train, on what, how. Defaults depend on `method`.' });
export type RunSpecInput = z.infer<typeof RunSpecInput>;

const commonResolved = {
  name: z.string().nullable(),
  model: ModelOrCheckpointId,
  dataset: DatasetId,
  prompt: z.strictObject(promptFields),
  optimizer: z.strictObject(optimizerFields),
  checkpoint: z.strictObject(checkpointFields),
  budget: z.strictObject(budgetFields),
  accelerator: z.enum(ACCELERATORS),
  seed: z.int(),
  metadata: Metadata,
};

/** The spec with nothing left open, of an arpo or grpo run. */
export const PolicyRunSpec = z.strictObject({
  method: z.enum(['arpo', 'grpo']),
  ...commonResolved,
  tools: z.array(ToolSpec),
  reward: RewardSpec,
  rollout: z.strictObject(rolloutFields),
  advantage: z.strictObject(advantageFields),
  training: z.strictObject({ ...policyTrainingFields, adapter: adapterResolved }),
  evaluation: z.strictObject(evaluationFields).nullable(),
});
export type PolicyRunSpec = z.infer<typeof PolicyRunSpec>;

/** The spec with nothing left open, of an sft run. */
export const SupervisedRunSpec = z.strictObject({
  method: z.literal('sft'),
  ...commonResolved,
  training: z.strictObject({ ...supervisedTrainingFields, adapter: adapterResolved }),
});
export type SupervisedRunSpec = z.infer<typeof SupervisedRunSpec>;

export const ResolvedRunSpec = z
  .discriminatedUnion('method', [PolicyRunSpec, SupervisedRunSpec])
  .meta({ id: 'ResolvedRunSpec', description: 'The run specification with every default filled in.' });
export type ResolvedRunSpec = z.infer<typeof ResolvedRunSpec>;

export type RolloutSpec = PolicyRunSpec['rollout'];
export type OptimizerSpec = ResolvedRunSpec['optimizer'];

/** One thing that keeps a spec from running: where, and what to do about it. */
export interface SpecProblem {
  path: string;
  message: string;
}
