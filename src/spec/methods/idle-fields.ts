/** Which given fields of a run have no effect: the tables for methods that learn from rewards, and what every method has. How such a table is read is in `without-effect.ts`. */
import { HELD_OUT_FIELDS, type HeldOutSpec } from '../run/held-out.js';
import type { OptimizerSpec } from '../run/optimizer.js';
import { POOL_FIELDS, type DifficultyPoolsSpec } from '../run/pools.js';
import { ONE_CALL_A_TURN, PROMPT_FIELDS, type PromptSpec } from '../prompt.js';
import { FORK_FIELDS, PROBABILITY_FIELDS, whyNothingForks, type RolloutSpec } from '../run/rollout.js';
import { updatesPerStep, type StepBatches } from '../run/updates.js';
import type { WithoutEffect } from '../without-effect.js';

type Optimized = { readonly optimizer: OptimizerSpec };

/** Of every method. */
export const OPTIMIZER_FIELDS: readonly WithoutEffect<Optimized>[] = [
  {
    fields: ['optimizer.decay_start'],
    when: ({ optimizer }) => optimizer.schedule !== 'constant_then_linear',
    why: ({ optimizer }) => `it is of the schedule constant_then_linear, and this one is ${optimizer.schedule}`,
  },
  {
    fields: ['optimizer.final_fraction'],
    when: ({ optimizer }) => optimizer.schedule === 'constant',
    why: 'the schedule is constant, and does not decay',
  },
  {
    fields: ['optimizer.decay'],
    when: ({ optimizer }) => optimizer.weight_decay === 0,
    why: 'optimizer.weight_decay is 0',
  },
];

interface Learnt extends Optimized {
  readonly tools: readonly unknown[];
  readonly prompt: PromptSpec;
  readonly rollout: RolloutSpec;
  readonly advantage: { readonly step_weight: number | null; readonly kl_coefficient: number };
  readonly evaluation: HeldOutSpec | null;
  readonly training: StepBatches & {
    readonly steps: number;
    readonly clip_low: number;
    readonly clip_high: number;
    readonly kl_coefficient: number;
    readonly pools: DifficultyPoolsSpec | null;
    readonly adapter: { readonly dropout: number } | null;
  };
}

const FORKS = [...FORK_FIELDS.map((field) => `rollout.${field}`), 'advantage.attribution'];

/**
 * Of methods that learn from rewards.
 * @param unused fields of `training` that the method's objective does not take
 */
export function policyFields(method: {
  readonly name: string;
  readonly forks: boolean;
  readonly takesPresets: boolean;
  readonly unused: readonly string[];
}): readonly WithoutEffect<Learnt>[] {
  const { name, forks, takesPresets, unused } = method;
  return [
    {
      fields: ['rollout.source'],
      when: ({ rollout }) => forks && rollout.source === 'external',
      why: `${name} forks its rollouts, which cannot be done with an agent that is outside; use method grpo, or set source to policy`,
      isRefused: true,
    },
    {
      fields: ['tools'],
      when: ({ rollout }) => rollout.source === 'external',
      why: 'an agent that is outside brings its own tools; remove it, or set rollout.source to policy',
      isRefused: true,
    },
    {
      fields: ['rollout.timeout_s'],
      when: ({ rollout }) => rollout.source === 'policy',
      why: 'it is of rollout.source external',
    },
    {
      fields: FORKS,
      when: () => !forks,
      why: `${name} does not fork; remove it, or use method arpo`,
      isRefused: true,
    },
    {
      fields: ['rollout.preset'],
      when: ({ rollout }) => !takesPresets && rollout.preset === 'paper',
      why: `it says how rollouts fork, and ${name} does not fork; remove it, or use method arpo`,
      isRefused: true,
    },
    {
      fields: PROBABILITY_FIELDS.map((field) => `rollout.${field}`),
      when: ({ rollout }) => rollout.branching === 'deferred',
      why: 'deferred branching draws no forks; remove it, or set branching to immediate',
      isRefused: true,
    },
    {
      fields: ['rollout.starts_sensitivity'],
      when: ({ rollout }) => rollout.starts === 'fixed',
      why: 'has no effect with fixed starts; remove it, or set starts to entropy',
      isRefused: true,
    },
    {
      fields: unused.map((field) => `training.${field}`),
      when: () => true,
      why: `${name} does not use it; remove it`,
      isRefused: true,
    },
    {
      fields: ['training.reference_model'],
      when: ({ training, advantage }) => training.kl_coefficient === 0 && advantage.kl_coefficient === 0,
      why: 'has no effect without training.kl_coefficient or advantage.kl_coefficient; set one, or remove this',
      isRefused: true,
    },
    { fields: FORKS, when: (spec) => whyNothingForks(spec) !== null, why: (spec) => whyNothingForks(spec) ?? '' },
    {
      fields: [
        'prompt.tool_syntax',
        'prompt.call_delimiters',
        'prompt.tag_names',
        'rollout.tool_call_limit',
        'rollout.max_tool_calls_per_turn',
        'rollout.max_result_tokens',
        'budget.tool_calls',
      ],
      when: ({ tools }) => tools.length === 0,
      why: 'the run has no tools',
    },
    {
      fields: ['tools', 'rollout.max_result_tokens', 'budget.tool_calls'],
      when: ({ rollout }) => rollout.tool_call_limit === 0,
      why: 'rollout.tool_call_limit is 0, so that no tool is ever called',
    },
    {
      fields: ['rollout.max_tool_calls_per_turn'],
      when: ({ prompt }) => prompt.tool_syntax === 'tags',
      why: ONE_CALL_A_TURN,
    },
    {
      fields: ['rollout.max_tool_calls_per_turn'],
      when: ({ rollout }) => (rollout.max_tool_calls_per_turn ?? 0) >= rollout.tool_call_limit,
      why: ({ rollout }) =>
        `a trajectory makes at most rollout.tool_call_limit calls, ${rollout.tool_call_limit}, in all its turns`,
    },
    {
      fields: ['advantage.step_discount'],
      when: ({ advantage }) => (advantage.step_weight ?? 0) === 0,
      why: 'steps do not count without advantage.step_weight',
    },
    {
      fields: ['training.clip_low', 'training.clip_high', 'training.dual_clip'],
      when: isNeverClipped,
      why:
        'a step makes one update, from the policy that has sampled: nothing is clipped unless training.epochs is more than 1 or ' +
        'training.mini_batch_prompts less than prompts_per_step',
    },
    ...PROMPT_FIELDS,
    ...POOL_FIELDS,
    ...HELD_OUT_FIELDS,
    ...OPTIMIZER_FIELDS,
  ];
}

/** All ratios are 1 but for rounding, which a bound of 0 would cut; dropout makes others. */
function isNeverClipped({ training }: Learnt): boolean {
  if (training.adapter !== null && training.adapter.dropout > 0) return false;
  return updatesPerStep(training) === 1 && training.clip_low > 0 && training.clip_high > 0;
}
