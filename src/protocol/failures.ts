/** Why a trainer cannot go on: every code that `failed` may say, and whose fault it is. */
import type { ErrorCategory } from '../spec/enums.js';

export const TRAINER_FAILURES = {
  dataset_empty: 'user',
  prompt_not_rendered: 'user',
  prompt_too_long: 'user',
  nothing_to_learn: 'user',
  example_without_pair: 'user',
  context_exceeded: 'user',
  model_unreadable: 'user',
  reference_vocabulary_differs: 'user',
  tokenizer_without_end: 'user',
  chat_template_without_tools: 'user',
  dtype_unsupported: 'user',
  /** A trainer does not have what the specification asks for; the message names the field. */
  spec_unsupported: 'user',
  bfloat16_overflow: 'user',
  float16_overflow: 'user',
  float32_overflow: 'user',
  insufficient_memory: 'user',
  policy_diverged: 'user',
  /** A run of agents that are outside waits for them no longer. */
  agents_absent: 'user',
  /** Journalled answers of tools would fail another attempt too. */
  too_many_infra_errors: 'server',
  checkpoint_unusable: 'server',
  /** The work waits until there is room. */
  no_space: 'server',
  /** What nobody foresaw. */
  trainer_failed: 'server',
} as const satisfies Record<string, ErrorCategory>;

export type TrainerFailureCode = keyof typeof TRAINER_FAILURES;

export const TRAINER_FAILURE_CODES = Object.keys(TRAINER_FAILURES) as [TrainerFailureCode, ...TrainerFailureCode[]];
