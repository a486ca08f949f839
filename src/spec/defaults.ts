/** The one table of defaults per method, and the named rollout presets. A field given explicitly always wins. */
import { overlay } from './overlay.js';
import { resolveReward, resolveTool } from './tool-defaults.js';
import { ADAPTER_TARGETS, type AdapterInput, type AdapterSpec } from './run-spec.js';
import type { PolicyRunSpec, ResolvedRunSpec, RolloutSpec, RunSpecInput, SupervisedRunSpec } from './run-spec.js';

type PresetFields = Omit<RolloutSpec, 'preset' | 'max_result_tokens'>;

const bough: PresetFields = {
  group_size: 16,
  initial: 8,
  branching: 'immediate',
  fill: 'serial',
  branch_factor: 1,
  base_probability: 0.5,
  entropy_weight: 0.2,
  threshold: null,
  probe_tokens: 20,
  entropy: 'full',
  entropy_scale: 'mean_over_log_vocab',
  baseline: 'own',
  slot_order: 'entropy',
  temperature: 1,
  top_p: 1,
  max_prompt_tokens: 4096,
  max_response_tokens: 1024,
  tool_call_limit: 3,
  mask_truncated: false,
};

/** arXiv 2507.19849: ΔH normalised by the vocabulary size, fork iff P > τ (τ is given no number there; α itself is used). */
const paper: PresetFields = { ...bough, fill: 'at_once', entropy_scale: 'sum_over_vocab', threshold: 0.5 };

/** The released code: top-10 log-probabilities, ln V, a baseline per slot that is never cleared, forks in index order. */
const reference: PresetFields = {
  ...bough,
  entropy: 'top_k',
  entropy_scale: 'sum_over_log_vocab',
  baseline: 'first_recorded_in_slot',
  slot_order: 'index',
  max_response_tokens: 4096,
};

export const ROLLOUT_PRESETS: Readonly<Record<RolloutSpec['preset'], PresetFields>> = { bough, paper, reference };

/** After the longest result as much is left for the policy. */
export function defaultMaxResultTokens(maxResponseTokens: number): number {
  return Math.max(1, Math.floor(maxResponseTokens / 2));
}

const POLICY_DEFAULTS: Pick<PolicyRunSpec, 'optimizer' | 'training' | 'checkpoint'> = {
  optimizer: {
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
  },
  training: {
    steps: 100,
    prompts_per_step: 8,
    mini_batch_prompts: 8,
    epochs: 1,
    clip_low: 0.2,
    clip_high: 0.2,
    dual_clip: 3,
    kl_coefficient: 0,
    reference_model: null,
    entropy_bonus: 0,
    loss_aggregation: 'token',
    shuffle: true,
    max_batch_tokens: 16_384,
    adapter: null,
  },
  checkpoint: { every_steps: 10, keep: 3 },
};

const SFT_DEFAULTS: Pick<SupervisedRunSpec, 'optimizer' | 'training' | 'checkpoint'> = {
  optimizer: { ...POLICY_DEFAULTS.optimizer, learning_rate: 1e-5, schedule: 'cosine' },
  training: {
    dataset_epochs: 1,
    steps: null,
    batch_size: 16,
    max_length: 1024,
    pack: true,
    shuffle: true,
    max_batch_tokens: 16_384,
    adapter: null,
  },
  checkpoint: { every_steps: 500, keep: 3 },
};

function resolveAdapter(input: AdapterInput | undefined): AdapterSpec | null {
  if (!input) return null;
  const rank = input.rank ?? 16;
  return overlay<AdapterSpec>(
    { type: 'lora', rank, alpha: 2 * rank, dropout: 0, target_modules: [...ADAPTER_TARGETS] },
    input,
  );
}

/** Methods that have no loop yet; `unsupported.ts` refuses them before defaults are asked for. */
export class UnknownMethodError extends Error {}

/** Fills in every default of the method, so that what is stored says all that was used. */
export function resolveRunSpec(input: RunSpecInput): ResolvedRunSpec {
  if (input.method !== 'arpo' && input.method !== 'grpo' && input.method !== 'sft') {
    throw new UnknownMethodError(`method ${input.method} has no defaults`);
  }
  const common = {
    name: input.name ?? null,
    model: input.model,
    dataset: input.dataset,
    prompt: overlay<ResolvedRunSpec['prompt']>({ system: null, template: 'chat' }, input.prompt),
    budget: overlay<ResolvedRunSpec['budget']>(
      { tool_calls: null, sampled_tokens: null, wall_time_s: null },
      input.budget,
    ),
    accelerator: input.accelerator ?? 'auto',
    seed: input.seed ?? 0,
    metadata: input.metadata ?? {},
  };
  if (input.method === 'sft') {
    const byEpochs = input.training?.steps == null;
    return {
      method: 'sft',
      ...common,
      optimizer: overlay(SFT_DEFAULTS.optimizer, input.optimizer),
      training: overlay<SupervisedRunSpec['training']>(
        { ...SFT_DEFAULTS.training, dataset_epochs: byEpochs ? 1 : null },
        { ...input.training, adapter: resolveAdapter(input.training?.adapter) },
      ),
      checkpoint: overlay(SFT_DEFAULTS.checkpoint, input.checkpoint),
    };
  }
  const preset = input.rollout?.preset ?? 'bough';
  const groupSize = input.rollout?.group_size ?? ROLLOUT_PRESETS[preset].group_size;
  const maxResponseTokens = input.rollout?.max_response_tokens ?? ROLLOUT_PRESETS[preset].max_response_tokens;
  const promptsPerStep = input.training?.prompts_per_step ?? POLICY_DEFAULTS.training.prompts_per_step;
  const rollout = overlay(
    {
      preset,
      ...ROLLOUT_PRESETS[preset],
      initial: Math.max(1, Math.floor(groupSize / 2)),
      max_result_tokens: defaultMaxResultTokens(maxResponseTokens),
    },
    input.rollout,
  );
  return {
    method: input.method,
    ...common,
    tools: (input.tools ?? []).map(resolveTool),
    reward: resolveReward(input.reward ?? { type: 'arpo' }),
    rollout: input.method === 'grpo' ? { ...rollout, initial: groupSize } : rollout,
    advantage: overlay<PolicyRunSpec['advantage']>(
      { estimator: 'grpo', attribution: 'soft', zero_variance: 'keep' },
      input.advantage,
    ),
    training: overlay<PolicyRunSpec['training']>(
      { ...POLICY_DEFAULTS.training, mini_batch_prompts: promptsPerStep },
      { ...input.training, adapter: resolveAdapter(input.training?.adapter) },
    ),
    optimizer: overlay(POLICY_DEFAULTS.optimizer, input.optimizer),
    checkpoint: overlay(POLICY_DEFAULTS.checkpoint, input.checkpoint),
    evaluation: input.evaluation
      ? {
          dataset: input.evaluation.dataset,
          every_steps: input.evaluation.every_steps ?? 10,
          limit: input.evaluation.limit ?? null,
        }
      : null,
  };
}
