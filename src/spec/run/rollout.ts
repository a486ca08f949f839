/** How trajectories are sampled: fields, the presets that fill them in, and what contradicts itself. */
import { z } from 'zod';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';

const probability = z.number().min(0).max(1);
const positiveInt = z.int().min(1);

export const maxToolCallsPerTurn = positiveInt
  .max(1000)
  .nullable()
  .describe(
    'With tool_syntax chat: calls that one turn of the model may have. Further ones are not made, and the model is told so; they count against tool_call_limit all the same. null: as many as that allows.',
  );

const rolloutFields = {
  preset: z
    .enum(['bough', 'paper', 'reference'])
    .describe(
      'What fills in the fields that are not given. `bough`: ours; `paper`: the equations of arXiv 2507.19849; `reference`: the choices of the code released with it, ' +
        'quirks included. With methods arpo and grpo the last two also set the defaults of `training`, `optimizer` and `reward`.',
    ),
  source: z
    .enum(['policy', 'external'])
    .describe(
      'Who rolls out. `policy`: the trainer, with the tools of the run. `external`: an agent of yours that calls the policy as an OpenAI client: the run waits until ' +
        'POST /v1/runs/{id}/rollouts has asked for each of its rollouts. Nothing forks then, the agent brings its own tools, and defaults are smaller, since prompts ' +
        'of agents need have nothing in common: `group_size` 8, `max_prompt_tokens` 1024, `max_response_tokens` 512.',
    ),
  timeout_s: z
    .number()
    .min(1)
    .max(86_400)
    .describe('With source external: a rollout that is not finished so long after it was asked for is an infra_error.'),
  group_size: z.int().min(2).max(1024).describe('M: trajectories per prompt.'),
  initial: positiveInt
    .max(1024)
    .describe('N: trajectories that start at the prompt; the rest are branches or fill-ups.'),
  starts: z
    .enum(['fixed', 'entropy'])
    .describe(
      'How many trajectories start at the prompt. `fixed`: initial. `entropy`: as in AEPO, initial ones are written first, without forks; of them follow the ' +
        'entropies at the start of a response (H_root) and after tool results (H_tool), and round(M σ(κ (H_root - H_tool))) start at the prompt in all.',
    ),
  starts_sensitivity: z
    .number()
    .min(0)
    .max(1000)
    .describe('κ of `starts: entropy`. The difference of entropies is measured as entropy_scale says.'),
  branching: z
    .enum(['immediate', 'lock_step', 'deferred'])
    .describe(
      '`immediate`: a trajectory forks while it is written, with probability P after each tool result. `lock_step`: the same in rounds, as released: each waits at ' +
        'its call until all of its group call or have ended, and forks are given out among all results of the round. `deferred`: the N trajectories end first, then ' +
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
  repeat_penalty: probability.describe(
    'λ of AEPO: P is multiplied by 1 - λ for the first fork in a row, 1 - 2λ for the next, and so on: where tool results one after the other fork.',
  ),
  threshold: probability.nullable().describe('null: fork with probability P; a number: fork iff P exceeds it.'),
  probe_tokens: z.int().min(1).max(1024).describe('k: tokens over which entropy is measured.'),
  probe: z
    .enum(['after_result', 'before_result'])
    .describe(
      'Whose first k tokens say how uncertain the policy is now: those of the segment after the tool result, or, as released, of the segment that ended in the call, ' +
        "which reacts to the result before; a trajectory's first ΔH is 0 then.",
    ),
  entropy: z
    .enum(['full', 'top_k'])
    .describe(
      'Of one token: of the whole distribution, or, as released, the sum of -p ln p over the 10 most probable tokens and the one that was drawn.',
    ),
  entropy_scale: z
    .enum(['relative', 'mean_over_log_vocab', 'sum_over_log_vocab', 'sum_over_vocab'])
    .describe(
      'How ΔH is measured, from the entropies of the k tokens of `probe` (now) and of `baseline` (before). `relative`: (now - before) / ' +
        '(now + before), usually within ±0.4, throughout a training; `mean_over_log_vocab`, `sum_over_log_vocab`: the difference of means or sums over ln V, ' +
        'usually within ±0.01 and ±0.1, and less as the policy grows certain; `sum_over_vocab`: over V, as in the paper, usually within ±0.001.',
    ),
  baseline: z
    .enum(['own', 'first_recorded_in_slot'])
    .describe(
      'What the entropy is compared with. `own`: the first k tokens of the response; `first_recorded_in_slot`: those of whatever trajectory had the same place in the ' +
        'step and in its group when one first had, as the released code never forgets them.',
    ),
  slot_order: z
    .enum(['entropy', 'index', 'random'])
    .describe(
      'Which tool results come first when forks are given out: those with the largest ΔH, those of the oldest trajectory, or by lot.',
    ),
  temperature: z.number().min(0.01).max(10),
  top_p: z.number().positive().max(1),
  max_prompt_tokens: positiveInt.describe(
    'Longer prompts are refused when the run starts. With source external: what all calls of a rollout may have, each shared token once, beside max_response_tokens.',
  ),
  max_response_tokens: positiveInt.describe(
    "All that follows the prompt, tool results included. Less than the model's context. With source external: of one answer.",
  ),
  max_result_tokens: positiveInt.describe(
    'Of one tool result, tags included. A longer one is cut, and to at most half of what is left of the response; it ends in `…[cut]` and its ' +
      'closing tag. Less than max_response_tokens; default half of it.',
  ),
  result_prefix: z
    .enum(['none', 'space'])
    .describe('What stands before `<result>`; the released code puts a space there.'),
  empty_result_attempts: z
    .int()
    .min(1)
    .max(10)
    .describe(
      'How often a tool is called in all while its result is empty; all count as one call. Where it is more than 1, as released, a result that stays empty says so: ' +
        '`Tool(python) returned empty output.`',
    ),
  tool_call_limit: z.int().min(0).max(1000).describe('Calls in one trajectory.'),
  max_tool_calls_per_turn: maxToolCallsPerTurn,
  at_call_limit: z
    .enum(['stop', 'append_end'])
    .describe(
      'A call beyond the limit ends the trajectory; `append_end`: after the end token, as released, which is trained on as if the policy had chosen it.',
    ),
  mask_truncated: z.boolean().describe('Leave trajectories cut by length out of the update.'),
};

export const RolloutSpec = z.strictObject(rolloutFields).meta({ id: 'ResolvedRolloutSpec' });
export type RolloutSpec = z.infer<typeof RolloutSpec>;
export const RolloutInput = RolloutSpec.partial().meta({ id: 'RolloutSpec' });
export type RolloutInput = z.infer<typeof RolloutInput>;

type PresetFields = Omit<RolloutSpec, 'preset' | 'max_result_tokens'>;
/** What a method fills in otherwise than the preset. */
export type OwnRollout = Partial<PresetFields>;

/** As many tool calls as docs/tool-calls.md found to be needed: few trajectories start at the prompt, and each tool result has several chances to fork. */
const bough: PresetFields = {
  source: 'policy',
  timeout_s: 600,
  group_size: 16,
  initial: 4,
  starts: 'fixed',
  starts_sensitivity: 5,
  branching: 'immediate',
  fill: 'serial',
  branch_factor: 3,
  base_probability: 0.5,
  // With the relative scale P is between 0 and 1, with a standard deviation of about 0.2 (docs/decisions/0018-relative-entropy.md).
  entropy_weight: 0.5,
  repeat_penalty: 0,
  threshold: null,
  probe_tokens: 20,
  probe: 'after_result',
  entropy: 'full',
  entropy_scale: 'relative',
  baseline: 'own',
  slot_order: 'entropy',
  temperature: 1,
  top_p: 1,
  max_prompt_tokens: 4096,
  max_response_tokens: 1024,
  result_prefix: 'none',
  empty_result_attempts: 1,
  tool_call_limit: 3,
  max_tool_calls_per_turn: null,
  at_call_limit: 'stop',
  mask_truncated: false,
};

/** arXiv 2507.19849: ΔH normalised by the vocabulary size, fork iff P > τ (τ is given no number there; α itself is used). */
const paper: PresetFields = {
  ...bough,
  initial: 8,
  branch_factor: 1,
  fill: 'at_once',
  entropy_weight: 0.2,
  entropy_scale: 'sum_over_vocab',
  threshold: 0.5,
};

/** The code released with the paper; docs/decisions/0021-the-reference-preset.md says what of it is not reproduced. */
const reference: PresetFields = {
  ...bough,
  initial: 8,
  branch_factor: 1,
  branching: 'lock_step',
  entropy_weight: 0.2,
  probe: 'before_result',
  entropy: 'top_k',
  entropy_scale: 'sum_over_log_vocab',
  baseline: 'first_recorded_in_slot',
  slot_order: 'index',
  max_prompt_tokens: 1536,
  max_response_tokens: 4096,
  result_prefix: 'space',
  empty_result_attempts: 3,
  at_call_limit: 'append_end',
};

/** What an agent that is outside asks has no prompt in common: of each rollout all tokens are held and trained on. These take about as much memory as a run that samples by itself. */
const external: Partial<PresetFields> = { group_size: 8, max_prompt_tokens: 1024, max_response_tokens: 512 };

const PRESETS = { bough, paper, reference } as const;
export type Preset = keyof typeof PRESETS;

/** After the longest result as much is left for the policy. */
export function defaultMaxResultTokens(maxResponseTokens: number): number {
  return Math.max(1, Math.floor(maxResponseTokens / 2));
}

/**
 * The preset's fields, those of the method and the given ones laid over each other. Unless `initial` is given, the preset's share of the group starts at the prompt, or
 * one whose entropies decide how many follow.
 */
export function resolveRollout(input: RolloutInput | undefined, own: OwnRollout = {}): RolloutSpec {
  const preset = input?.preset ?? 'bough';
  const fields = { ...PRESETS[preset], ...own, ...(input?.source === 'external' ? external : {}) };
  const share = PRESETS[preset].initial / PRESETS[preset].group_size;
  const groupSize = input?.group_size ?? fields.group_size;
  const measured = (input?.starts ?? fields.starts) === 'entropy';
  const defaults = {
    preset,
    ...fields,
    initial: measured ? 1 : Math.max(1, Math.floor(share * groupSize)),
    max_result_tokens: defaultMaxResultTokens(input?.max_response_tokens ?? fields.max_response_tokens),
  };
  return overlay(defaults, input);
}

/** What only forking uses. */
export const FORK_FIELDS = [
  'initial',
  'starts',
  'starts_sensitivity',
  'branching',
  'fill',
  'branch_factor',
  'base_probability',
  'entropy_weight',
  'repeat_penalty',
  'threshold',
  'probe',
  'entropy_scale',
  'baseline',
  'slot_order',
] as const satisfies readonly (keyof RolloutSpec)[];

/** What only draws of forks use. */
export const PROBABILITY_FIELDS = [
  'branch_factor',
  'base_probability',
  'entropy_weight',
  'repeat_penalty',
  'threshold',
] as const satisfies readonly (keyof RolloutSpec)[];

/** The lowest and the highest fork probability P that there can be: between -1 and 1 is ΔH on the relative scale alone. */
function probabilityRange(rollout: RolloutSpec): [least: number, most: number] {
  const { base_probability: base, entropy_weight: weight, entropy_scale: scale, repeat_penalty: penalty } = rollout;
  const swing = weight === 0 ? 0 : scale === 'relative' ? Math.abs(weight) : Infinity;
  return [penalty > 0 ? 0 : Math.max(0, base - swing), Math.min(1, base + swing)];
}

/** Why rollouts of a method that forks will not; null where they may. */
export function whyNothingForks({
  tools,
  rollout,
}: {
  readonly tools: readonly unknown[];
  readonly rollout: RolloutSpec;
}): string | null {
  if (tools.length === 0) return 'the run has no tools, and rollouts fork only after their results';
  if (rollout.tool_call_limit === 0) return 'rollout.tool_call_limit is 0, and rollouts fork only after tool results';
  if (rollout.initial >= rollout.group_size) return 'rollout.initial is group_size, which leaves no trajectory to fork';
  if (rollout.branching === 'deferred') return null;
  const [, most] = probabilityRange(rollout);
  if (most > (rollout.threshold ?? 0)) return null;
  const bound = rollout.threshold === null ? '' : `, which does not exceed rollout.threshold (${rollout.threshold})`;
  return `the fork probability is at most ${most}${bound}`;
}

/** What is hardly meant of a method that forks: that its rollouts never do, or always. */
export function forkWarnings(spec: Parameters<typeof whyNothingForks>[0]): string[] {
  const { rollout } = spec;
  const why = whyNothingForks(spec);
  if (why !== null) return [`Nothing forks: ${why}. Change that, or use method grpo`];
  const [least] = probabilityRange(rollout);
  const isAlways = rollout.threshold === null ? least === 1 : least > rollout.threshold;
  if (rollout.branching === 'deferred' || !isAlways) return [];
  return [
    'Rollouts fork after every tool result, whatever the entropy: the fork probability is never below 1 or rollout.threshold. Lower rollout.base_probability, or raise the threshold',
  ];
}

/** A result that may fill the response leaves nothing to answer with. */
export function resultLimitProblems(
  limits: { max_response_tokens: number; max_result_tokens: number },
  path: string,
): SpecProblem[] {
  const { max_response_tokens: response, max_result_tokens: result } = limits;
  if (result < response || response === 1) return [];
  return [
    {
      path: `${path}.max_result_tokens`,
      message: `must be less than max_response_tokens (${response}): a result of that size would leave nothing to answer with`,
    },
  ];
}
