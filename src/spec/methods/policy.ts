/** What the methods that learn from rewards have in common: fields, defaults, and what contradicts itself. Each has a file of its own beside this one. */
import { z } from 'zod';
import { acceleratorProblems } from '../accelerator.js';
import { ModelOrCheckpointId } from '../ids.js';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import {
  comparisonsIn,
  ResolvedRewardSpec,
  resolveReward,
  episodeProblems,
  rewardProblems,
  RewardSpecInput,
  rewardWarnings,
} from '../rewards/index.js';
import { adapterInput, adapterResolved, resolveAdapter } from '../run/adapter.js';
import { commonInput, commonResolved, resolveCommon } from '../run/common.js';
import { responseExtent } from '../run/context.js';
import { heldOutInput, heldOutProblems, heldOutResolved, resolveHeldOut } from '../run/held-out.js';
import { OPTIMIZER, rateWarnings } from '../run/optimizer.js';
import {
  forkWarnings,
  type OwnRollout,
  resolveRollout,
  resultLimitProblems,
  RolloutInput,
  RolloutSpec,
} from '../run/rollout.js';
import { poolsInput, poolsProblems, poolsResolved, resolvePools } from '../run/pools.js';
import { batchFields } from '../run/training.js';
import { updatesPerStep } from '../run/updates.js';
import { tagProblems } from '../prompt.js';
import { callableNames, ResolvedToolSpec, resolveTool, toolProblems, ToolSpecInput } from '../tools/index.js';
import { idleFields, refusedFields } from '../without-effect.js';
import { policyFields } from './idle-fields.js';
import { schemaName, type Method } from './method.js';

const positiveInt = z.int().min(1);

const AdvantageSpec = z
  .strictObject({
    estimator: z
      .enum(['grpo', 'mean', 'leave_one_out', 'batch', 'mean_then_batch'])
      .describe(
        'From rewards R to advantages. `grpo`: (R - mean) / (std + 1e-6) over the group, std with ddof 1; `mean`: R - mean; `leave_one_out`: R - mean of the ' +
          "group's others; `batch`: (R - mean) / (std + 1e-6) over all tokens that the policy wrote in the step; `mean_then_batch`: `mean`, then `batch`.",
      ),
    attribution: z.enum(['soft', 'hard']),
    zero_variance: z
      .enum(['keep', 'drop', 'replace'])
      .describe(
        'Groups whose rewards are all equal have advantage 0. `keep`: their tokens count in the loss; `drop`: they do not; `replace`: others are sampled from new ' +
          'prompts in their place, in up to three rounds, and what is without spread then is dropped.',
      ),
    step_weight: z
      .number()
      .min(0)
      .max(100)
      .nullable()
      .describe(
        'ω of GiGPO: what a step, that is what is written between two tool results, is better than the steps of its group that have just read the same counts ' +
          'this much beside the advantage of its trajectory; null: not at all.',
      ),
    step_discount: z
      .number()
      .min(0)
      .max(1)
      .describe('γ of GiGPO: how much less a reward counts for each step before the last.'),
    entropy_weight: z
      .number()
      .min(0)
      .max(10)
      .describe(
        'a of AEPO: the advantage of each token is multiplied by 1 + a z, z its entropy when it was sampled, normalised over all tokens that the policy wrote in ' +
          'the step; 0: not at all.',
      ),
    kl_coefficient: z
      .number()
      .min(0)
      .max(10)
      .describe(
        'β: each token costs β (log π - log π_ref) of the reward, π the policy that sampled it. With the estimators over the batch a token pays for itself and ' +
          'what follows it; with those over the group a trajectory pays for all of its tokens before it is compared. 0: nothing does.',
      ),
    overlong_tokens: positiveInt
      .nullable()
      .describe(
        'L_cache of DAPO: the reward falls in a line, to 1 less at max_response_tokens, over this many last tokens of a response; null: it does not.',
      ),
  })
  .meta({ id: 'ResolvedAdvantageSpec' });

const trainingFields = {
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
  loss_aggregation: z
    .enum(['token', 'sequence', 'sequence_sum', 'constant'])
    .describe(
      '`token`: mean over all tokens of the update; `sequence`: mean over trajectories of the mean over their tokens; `sequence_sum`: mean over ' +
        'trajectories of the sum; `constant`: that over max_response_tokens.',
    ),
  ...batchFields,
};

const inputFields = {
  ...commonInput,
  tools: z.array(ToolSpecInput).max(16).optional(),
  reward: RewardSpecInput.nullable().optional(),
  rollout: RolloutInput.optional(),
  advantage: AdvantageSpec.partial().meta({ id: 'AdvantageSpec' }).optional(),
  training: z
    .strictObject({ ...trainingFields, pools: poolsInput, adapter: adapterInput })
    .partial()
    .meta({ id: 'PolicyTrainingSpec' })
    .optional(),
  evaluation: heldOutInput.optional(),
};

const resolvedFields = {
  ...commonResolved,
  tools: z.array(ResolvedToolSpec),
  reward: ResolvedRewardSpec.nullable().describe('null: the agent gives each rollout of source external its reward.'),
  rollout: RolloutSpec,
  advantage: AdvantageSpec,
  training: z
    .strictObject({ ...trainingFields, pools: poolsResolved, adapter: adapterResolved })
    .meta({ id: 'ResolvedPolicyTrainingSpec' }),
  evaluation: heldOutResolved,
};

type PolicyInput<Name extends string> = { method: Name } & z.infer<z.ZodObject<typeof inputFields>>;
type PolicySpec<Name extends string> = { method: Name } & z.infer<z.ZodObject<typeof resolvedFields>>;

interface PolicyDefaults extends Pick<PolicySpec<string>, 'advantage' | 'optimizer' | 'training' | 'checkpoint'> {
  readonly reward: ResolvedRewardSpec;
  /** Optimiser updates for which a step's prompts are enough: mini-batches are as large as that allows. */
  readonly updates: number;
}

/** Those of ARPO's paper, at the size of one machine. */
export const POLICY_DEFAULTS: PolicyDefaults = {
  reward: resolveReward({ type: 'arpo' }),
  advantage: {
    estimator: 'grpo',
    attribution: 'soft',
    zero_variance: 'keep',
    step_weight: null,
    step_discount: 0.95,
    entropy_weight: 0,
    kl_coefficient: 0,
    overlong_tokens: null,
  },
  optimizer: OPTIMIZER,
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
    world_size: 1,
    pools: null,
    adapter: null,
  },
  updates: 1,
  checkpoint: { every_steps: 10, keep: 3 },
};

interface PolicyMethod<Name extends string> {
  readonly name: Name;
  readonly title: string;
  readonly summary: string;
  readonly arxiv: string | null;
  readonly defaults: PolicyDefaults | ((rollout: RolloutSpec) => PolicyDefaults);
  /** How it samples otherwise than the presets. */
  readonly rollout?: OwnRollout;
  /** Whether trajectories fork; otherwise all of a group start at the prompt. */
  readonly forks: boolean;
  /** Whether a preset says more of its runs than how they sample; default where it forks. */
  readonly takesPresets?: boolean;
  /** Fields of `training` that its objective does not take. */
  readonly unused?: readonly (keyof PolicyDefaults['training'])[];
}

/** The row of a method that learns from rewards. */
export function policyMethod<const Name extends string>({
  name,
  title,
  summary,
  arxiv,
  defaults,
  rollout: own = {},
  forks,
  takesPresets = forks,
  unused = [],
}: PolicyMethod<Name>): Method<Name, PolicyInput<Name>, PolicySpec<Name>> & { readonly family: 'policy' } {
  const method = z.literal(name).describe(summary);
  const fields = policyFields({ name, forks, takesPresets, unused });
  const resolve = (input: PolicyInput<Name>): PolicySpec<Name> => {
    const rollout = resolveRollout(input.rollout, own);
    const filled = typeof defaults === 'function' ? defaults(rollout) : defaults;
    const promptsPerStep = input.training?.prompts_per_step ?? filled.training.prompts_per_step;
    return {
      method: name,
      ...resolveCommon(input, filled),
      tools: (input.tools ?? []).map(resolveTool),
      reward: input.reward ? resolveReward(input.reward) : rollout.source === 'external' ? null : filled.reward,
      rollout: forks ? rollout : { ...rollout, initial: rollout.group_size },
      advantage: overlay(filled.advantage, input.advantage),
      training: overlay(
        { ...filled.training, mini_batch_prompts: Math.max(1, Math.floor(promptsPerStep / filled.updates)) },
        {
          ...input.training,
          pools: resolvePools(input.training?.pools),
          adapter: resolveAdapter(input.training?.adapter),
        },
      ),
      evaluation: resolveHeldOut(input.evaluation),
    };
  };
  return {
    name,
    title,
    summary,
    arxiv,
    family: 'policy',
    datasetKind: 'rl',
    input: z.strictObject({ method, ...inputFields }).meta({ id: `${schemaName(name)}RunSpec` }),
    resolved: z.strictObject({ method, ...resolvedFields }).meta({ id: `Resolved${schemaName(name)}RunSpec` }),
    ignored: (input) => refusedFields(fields, input, resolve),
    resolve,
    problems: policyProblems,
    extent: ({ rollout }) => responseExtent(rollout, 'rollout'),
    warnings(input) {
      const spec = resolve(input);
      const updates = spec.training.steps * updatesPerStep(spec.training);
      return [
        ...(forks ? forkWarnings(spec) : []),
        ...(spec.reward ? rewardWarnings(spec.reward, callableNames(spec.tools)) : []),
        ...rateWarnings(spec.optimizer, updates),
        ...idleFields(fields, input, resolve),
      ];
    },
  };
}

function policyProblems({
  accelerator,
  prompt,
  tools,
  reward,
  rollout,
  advantage,
  training,
  evaluation,
}: PolicySpec<string>): SpecProblem[] {
  const problems = [...acceleratorProblems(accelerator), ...toolProblems(tools)];
  if (reward) {
    const environments = tools.flatMap((tool) => (tool.type === 'environment' ? [tool.name] : []));
    problems.push(...rewardProblems(reward), ...episodeProblems(reward, environments));
  }
  problems.push(...tagProblems(prompt, callableNames(tools)));
  problems.push(...resultLimitProblems(rollout, 'rollout'), ...poolsProblems(training.pools));
  if (evaluation) problems.push(...heldOutProblems(evaluation));
  if (evaluation && reward === null) {
    const message =
      'held-out questions are answered without the agent, and only a reward can score them: give reward, or leave evaluation out';
    problems.push({ path: 'reward', message });
  }
  const [comparison] = reward ? comparisonsIn(reward) : [];
  if (comparison !== undefined && evaluation) {
    problems.push({
      path: 'evaluation',
      message: `${comparison} compares the answers to one prompt with each other, and a held-out question is answered once: leave evaluation out, and evaluate checkpoints with another grader`,
    });
  }
  if (rollout.initial > rollout.group_size) {
    problems.push({ path: 'rollout.initial', message: `must not exceed group_size (${rollout.group_size})` });
  }
  if (advantage.step_weight !== null && advantage.attribution === 'hard') {
    problems.push({
      path: 'advantage.attribution',
      message: 'hard attribution gives a shared segment one advantage, step_weight one for each trajectory: use soft',
    });
  }
  if (advantage.step_weight !== null && ['batch', 'mean_then_batch'].includes(advantage.estimator)) {
    problems.push({
      path: 'advantage.estimator',
      message: 'normalises over the batch, and steps are compared within their state: use grpo, mean or leave_one_out',
    });
  }
  if (advantage.overlong_tokens !== null && advantage.overlong_tokens > rollout.max_response_tokens) {
    problems.push({
      path: 'advantage.overlong_tokens',
      message: `must not exceed rollout.max_response_tokens (${rollout.max_response_tokens})`,
    });
  }
  if (training.mini_batch_prompts > training.prompts_per_step) {
    problems.push({
      path: 'training.mini_batch_prompts',
      message: `must not exceed prompts_per_step (${training.prompts_per_step})`,
    });
  }
  return problems;
}
