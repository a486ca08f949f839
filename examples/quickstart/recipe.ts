/** All that the quickstart trains with, in the fields of the API. Which dataset and which model it is about is in requests.ts. */
import type { Schemas } from 'bough/client';
import type { Decoding } from '../support/evaluate.js';
import type { PolicyMethod } from './options.js';
import { searchSettings } from './task/bm25.js';
import { fullCurriculum, type Curriculum } from './task/curriculum.js';
import { tags } from './task/tokens.js';

type RunSpec<M extends string> = Extract<Schemas['RunSpec'], { method: M }>;
type Sampling = NonNullable<Schemas['EvaluationSpec']['sampling']>;

export interface Recipe {
  readonly curriculum: Curriculum;
  readonly model: {
    readonly architecture: Schemas['Architecture'];
    readonly tokenizer: { readonly vocab_size: number; readonly added_tokens: string[] };
  };
  readonly coldStart: Pick<RunSpec<'sft'>, 'training' | 'optimizer' | 'checkpoint'>;
  readonly policy: Pick<RunSpec<'arpo'>, 'rollout' | 'reward' | 'advantage' | 'training' | 'optimizer' | 'checkpoint'>;
  /** Of the methods whose rollouts fork. */
  readonly forks: { readonly [M in PolicyMethod]?: NonNullable<RunSpec<'arpo'>['rollout']> };
  readonly search: { readonly k1: number; readonly b: number; readonly top_k: number };
  readonly evaluation: { readonly [How in Decoding]: Sampling };
}

/** When the agent is evaluated. */
export const stages = ['untrained', 'cold_start', 'trained'] as const;
export type Stage = (typeof stages)[number];

/** An answer, tool results included. */
const limits = { max_response_tokens: 160, tool_call_limit: 3 };

export const recipe: Recipe = {
  curriculum: fullCurriculum,
  model: {
    architecture: { layers: 2, hidden_size: 128, heads: 8, ffn_size: 384, rope_theta: 100 },
    tokenizer: { vocab_size: 1_000, added_tokens: [...tags] },
  },
  coldStart: {
    training: {
      steps: fullCurriculum.steps,
      batch_size: fullCurriculum.rowsPerStep,
      max_length: fullCurriculum.rowLength,
      pack: true,
      // The lessons are in an order.
      shuffle: false,
    },
    optimizer: {
      learning_rate: 1.5e-3,
      betas: [0.9, 0.95],
      weight_decay: 0.01,
      max_grad_norm: 1,
      warmup_steps: 20,
      schedule: 'constant_then_linear',
      decay_start: 0.6,
      final_fraction: 0.05,
    },
    checkpoint: { every_steps: 1_200, keep: 1 },
  },
  policy: {
    rollout: { group_size: 8, temperature: 1, ...limits },
    reward: { type: 'arpo' },
    // Once most questions are answered, groups without spread would drown the others.
    advantage: { zero_variance: 'drop' },
    training: {
      steps: 100,
      prompts_per_step: 8,
      mini_batch_prompts: 4,
    },
    optimizer: { learning_rate: 5e-5, betas: [0.9, 0.999], weight_decay: 0.01, max_grad_norm: 1 },
    checkpoint: { every_steps: 50, keep: 1 },
  },
  forks: { arpo: { probe_tokens: 10 }, aepo: { probe_tokens: 10 } },
  search: searchSettings,
  evaluation: {
    greedy: { temperature: 0, ...limits },
    sampled: { temperature: 1, ...limits },
  },
};
