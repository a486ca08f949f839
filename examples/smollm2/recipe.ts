/** All that the example trains with, in the fields of the API. Which dataset and which model it is about is in requests.ts. */
import type { Schemas } from 'bough/client';
import type { Decoding } from '../support/evaluate.js';
import type { Sizes } from './data/task.js';
import type { Options } from './options.js';
import type { Part } from './schedule.js';

type RunSpec<M extends string> = Extract<Schemas['RunSpec'], { method: M }>;
type Sampling = NonNullable<Schemas['EvaluationSpec']['sampling']>;

export interface Recipe {
  readonly sizes: Sizes;
  /** Put before every question, also when the model is evaluated before it has learnt anything. */
  readonly system: string;
  readonly tools: Schemas['ToolSpec'][];
  readonly coldStart: Pick<RunSpec<'sft'>, 'training' | 'optimizer' | 'checkpoint'>;
  readonly policy: Pick<RunSpec<'arpo'>, 'rollout' | 'reward' | 'advantage' | 'training' | 'optimizer' | 'checkpoint'>;
  readonly evaluation: { readonly [How in Decoding]: Sampling };
}

/** When the model is evaluated. */
export const stages = ['before', 'cold_start', 'trained'] as const;
export type Stage = (typeof stages)[number];

/** Three calculations and an answer take at most 170 tokens. */
const limits = { max_response_tokens: 192, tool_call_limit: 4 };

const promptsPerStep = 8;

/** A checkpoint is three times as large as the weights: only the last of a run is written. */
const checkpoint = { every_steps: 1_000_000, keep: 1 };

export function recipeFor({
  demonstrations,
  steps,
  heldOut,
}: Pick<Options, 'demonstrations' | 'steps' | 'heldOut'>): Recipe {
  return {
    sizes: { demonstrations, questions: steps * promptsPerStep, heldOut, mostCalculations: 3, shareOfMore: 0.25 },
    system:
      'Solve the problem step by step. In each step write <think>what to calculate</think><python>expression</python>; ' +
      'its result follows in <result></result>. At the end write <answer>\\boxed{number}</answer>.',
    tools: [{ type: 'python', timeout_s: 5 }],
    coldStart: {
      // Passes of about 1,000 tokens keep a whole forward and backward pass of such a model below 4 GiB.
      training: { dataset_epochs: 1, batch_size: 4, max_length: 512, pack: true, max_batch_tokens: 1024 },
      optimizer: {
        learning_rate: 1e-4,
        weight_decay: 0.01,
        max_grad_norm: 1,
        warmup_steps: 5,
        schedule: 'cosine',
        final_fraction: 0.1,
      },
      checkpoint,
    },
    policy: {
      rollout: { group_size: 8, initial: 4, branch_factor: 1, temperature: 1, ...limits },
      reward: { type: 'arpo' },
      // A group whose answers are all wrong in the same way says nothing.
      advantage: { zero_variance: 'drop' },
      training: { steps, prompts_per_step: promptsPerStep, mini_batch_prompts: 4, max_batch_tokens: 1024 },
      optimizer: { learning_rate: 1e-5, weight_decay: 0, max_grad_norm: 1 },
      checkpoint,
    },
    evaluation: {
      greedy: { temperature: 0, ...limits },
      sampled: { temperature: 1, ...limits },
    },
  };
}

/** Tokens per second of a model with 135 M parameters on two cores, and what else takes time. */
const pace = { trained: 155, sampled: 130, startS: 45, loadS: 5 };
/** About what a prompt, a demonstration and an answer have. */
const tokens = { prompt: 120, demonstration: 230, answer: 110 };
/** Of a group's tokens, those that no other of its rollouts has; of the groups, those that have better and worse ones to learn from. */
const shares = { ownTokens: 0.7, learntGroups: 0.5 };

/** The parts of the example with the time that they should take. */
export function partsOf({ sizes, policy, evaluation }: Recipe): Part[] {
  const steps = policy.training?.steps ?? 0;
  const rollouts = (policy.rollout?.group_size ?? 0) * promptsPerStep;
  const longest = evaluation.greedy.max_response_tokens ?? 0;
  const evaluate = (answer: number) => 2 * (pace.loadS + (sizes.heldOut * answer) / pace.sampled);
  const written = shares.ownTokens * rollouts * tokens.answer;
  const step = {
    sample: written / pace.sampled,
    update: (shares.learntGroups * (promptsPerStep * tokens.prompt + written)) / pace.trained,
  };
  return [
    { name: 'service, questions and model', seconds: pace.startS },
    { name: 'evaluation before any training', seconds: evaluate(longest) },
    { name: 'cold start', seconds: pace.loadS + (sizes.demonstrations * tokens.demonstration) / pace.trained },
    { name: 'evaluation after the cold start', seconds: evaluate(tokens.answer) },
    { name: 'ARPO', seconds: pace.loadS + steps * (step.sample + step.update) },
    { name: 'evaluation after ARPO', seconds: evaluate(tokens.answer) },
  ];
}
