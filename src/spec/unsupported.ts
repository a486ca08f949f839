/** What the contract names and this version cannot do yet, and specs that contradict themselves. Refused with the path, never accepted and ignored. */
import type { ResolvedRunSpec, RewardSpec, RunSpecInput, SpecProblem, ToolSpec } from './run-spec.js';

const BUILT_METHODS = ['arpo', 'grpo', 'sft'];

/** What only forking uses. */
const FORK_FIELDS = [
  'initial',
  'branching',
  'fill',
  'branch_factor',
  'base_probability',
  'entropy_weight',
  'threshold',
  'entropy_scale',
  'slot_order',
] as const;

/** What only draws of forks use. */
const PROBABILITY_FIELDS = ['branch_factor', 'base_probability', 'entropy_weight', 'threshold'] as const;

/** Problems that can be told from the posted body alone: given fields that would be ignored. */
export function unsupportedInput(input: RunSpecInput): SpecProblem[] {
  if (!BUILT_METHODS.includes(input.method)) {
    return [{ path: 'method', message: `method ${input.method} is not built yet; use arpo, grpo or sft` }];
  }
  if (input.method === 'grpo') {
    return FORK_FIELDS.filter((field) => input.rollout?.[field] !== undefined).map((field) => ({
      path: `rollout.${field}`,
      message: 'grpo does not fork; remove it, or use method arpo',
    }));
  }
  if (input.method === 'arpo' && input.rollout?.branching === 'deferred') {
    return PROBABILITY_FIELDS.filter((field) => input.rollout?.[field] !== undefined).map((field) => ({
      path: `rollout.${field}`,
      message: 'deferred branching draws no forks; remove it, or set branching to immediate',
    }));
  }
  if (input.method === 'sft') {
    return (['tool_calls', 'sampled_tokens'] as const)
      .filter((field) => input.budget?.[field] != null)
      .map((field) => ({ path: `budget.${field}`, message: 'an sft run samples nothing; use wall_time_s' }));
  }
  return [];
}

export function unsupportedTools(tools: readonly ToolSpec[], path = 'tools'): SpecProblem[] {
  const problems: SpecProblem[] = [];
  tools.forEach((tool, i) => {
    if (tool.type === 'mcp' || tool.type === 'http') {
      problems.push({
        path: `${path}.${i}.type`,
        message: `${tool.type} tools are not built yet; use python or search`,
      });
    }
    if (tool.type === 'search') {
      if (tool.provider)
        problems.push({ path: `${path}.${i}.provider`, message: 'web search is not built yet; name a corpus' });
      else if (!tool.corpus) problems.push({ path: `${path}.${i}.corpus`, message: 'name a dataset of kind corpus' });
      if (tool.secret) problems.push({ path: `${path}.${i}.secret`, message: 'secrets are not built yet; remove it' });
    }
    if (tools.findIndex((other) => other.type === tool.type) < i) {
      problems.push({ path: `${path}.${i}.type`, message: `a run takes one ${tool.type} tool; remove the second` });
    }
  });
  return problems;
}

export function unsupportedReward(reward: RewardSpec, path = 'reward'): SpecProblem[] {
  if (reward.type === 'arpo' || reward.type === 'exact_match' || reward.type === 'f1') return [];
  return [{ path: `${path}.type`, message: `reward ${reward.type} is not built yet; use arpo, exact_match or f1` }];
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

/** Problems of a spec whose defaults are filled in. Empty when it can run. */
export function unsupported(spec: ResolvedRunSpec): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (spec.accelerator === 'webgpu' || spec.accelerator === 'cuda') {
    problems.push({ path: 'accelerator', message: `${spec.accelerator} is not built yet; use auto or cpu` });
  }
  if (spec.method === 'sft') {
    if (spec.training.steps === null && spec.training.dataset_epochs === null) {
      problems.push({ path: 'training.steps', message: 'give steps or dataset_epochs' });
    }
    if (spec.training.steps !== null && spec.training.dataset_epochs !== null) {
      problems.push({ path: 'training.dataset_epochs', message: 'give either steps or dataset_epochs, not both' });
    }
    return problems;
  }
  problems.push(...unsupportedTools(spec.tools), ...unsupportedReward(spec.reward));
  const { rollout, training } = spec;
  if (rollout.preset === 'reference') {
    problems.push({ path: 'rollout.preset', message: 'the reference preset is not built yet; use bough or paper' });
  }
  if (rollout.entropy === 'top_k') {
    problems.push({ path: 'rollout.entropy', message: 'top_k entropy is not built yet; use full' });
  }
  if (rollout.baseline === 'first_recorded_in_slot') {
    problems.push({ path: 'rollout.baseline', message: 'this baseline is not built yet; use own' });
  }
  if (training.reference_model !== null && training.kl_coefficient === 0) {
    problems.push({
      path: 'training.reference_model',
      message: 'has no effect without kl_coefficient; set it, or remove this',
    });
  }
  problems.push(...resultLimitProblems(rollout, 'rollout'));
  if (rollout.initial > rollout.group_size) {
    problems.push({ path: 'rollout.initial', message: `must not exceed group_size (${rollout.group_size})` });
  }
  if (training.mini_batch_prompts > training.prompts_per_step) {
    problems.push({
      path: 'training.mini_batch_prompts',
      message: `must not exceed prompts_per_step (${training.prompts_per_step})`,
    });
  }
  return problems;
}
