/**
 * What the harness asks a peer, and what it answers: one line of JSON each, strictly in turn. A peer is a process that does one side's work, ours or
 * PyTorch's; it measures its own time, so that starting, loading and talking are not counted.
 */

export interface Versions {
  [package_: string]: string;
}

export type Workload = 'training' | 'decoding' | 'rollout';

export interface RolloutWork {
  /** Rows that share a prompt. */
  group: number;
  prompt_tokens: number;
  /** Each row writes `new_tokens`, calls a tool, reads its result, and so on; it writes once more behind the last one. */
  calls: number;
  result_tokens: number;
  /** How long tools take; those of all rows work side by side. */
  tool_seconds: number;
}

/** Loads a model and its inputs. */
export interface PrepareRequest {
  cmd: 'prepare';
  workload: Workload;
  /** A Hugging Face directory. */
  model: string;
  /** A safetensors file with `ids`, int32 [rows, length]. */
  inputs: string;
  threads: number;
  /** Tokens to decode for each row. */
  new_tokens: number;
  /**
   * Where rows of a tree part, first the end of the prompt that all share; its tokens are not learnt. At each later place every path that is left falls into two. Empty: rows share
   * nothing, and all of their tokens but the first are learnt.
   */
  partings: readonly number[];
  /** Rows that PyTorch takes at once, adding gradients up, where more would not fit into memory. */
  rows_at_once: number;
  /** A rollout's rows: a group has the first tokens of its rows in common, each row has one token of its own behind them, and then come the results of its tool calls. */
  rollout: RolloutWork | null;
}

/**
 * gradient: loss and gradients of all rows. optimise: clips them and takes an AdamW step. step: both. generate, loop: decode greedily, by the library's own function
 * or by a bare loop around the model. shared_loop: the same, with what a group has in common read once.
 */
export type TaskName = 'gradient' | 'optimise' | 'step' | 'generate' | 'loop' | 'shared_loop';

/** Does the prepared work once. What varies beyond the task concerns PyTorch only. */
export interface MeasureRequest {
  cmd: 'measure';
  task: TaskName;
  attention?: 'eager' | 'sdpa';
  checkpointing?: boolean;
  fused?: boolean;
}

export interface Measurement {
  seconds: number;
  loss?: number;
  /** Of the gradients before clipping. */
  gradient_norm?: number;
  /** What was decoded, row after row. */
  tokens?: number[];
}

export type Request = { cmd: 'versions' } | { cmd: 'peak' } | PrepareRequest | MeasureRequest;

export interface Answers {
  versions: Versions;
  prepare: object;
  measure: Measurement;
  /** The most memory that the process ever had resident. */
  peak: { bytes: number };
}
