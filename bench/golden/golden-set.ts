/** A golden directory: a tiny model, inputs, and PyTorch's float64 numbers for them. Reads it; compares nothing. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors } from '../../src/engine/io/safetensors.js';

export interface GoldenSegment {
  id: number;
  parent: number | null;
  kind: 'prompt' | 'model' | 'tool';
  token_ids: number[];
  old_logprobs: number[] | null;
  leaf_count: number;
}

/** Values aligned to tokens; null where there is none. */
type PerToken = (number | null)[][];

export interface LossNumbers {
  loss: number;
  pg_loss: number;
  kl: number;
  entropy: number;
  clip_fraction: number;
  dual_clip_fraction: number;
}

export interface GoldenNumbers {
  batch: { lengths: number[]; input_ids: number[][] };
  temperatures: { temperature: number; logprobs: PerToken; entropies: number[][] }[];
  sft: { loss_mask: number[][]; tokens: number; loss: number };
  adamw: {
    learning_rate: number;
    beta1: number;
    beta2: number;
    eps: number;
    weight_decay: number;
    max_grad_norm: number;
    steps: { loss: number; grad_norm: number }[];
    loss_after: number;
  };
  rl: {
    clip_low: number;
    clip_high: number;
    dual_clip: number;
    kl_coefficient: number;
    entropy_coefficient: number;
    loss_mask: number[][];
    tokens: number;
    advantages: number[];
    old_logprobs: PerToken;
    ref_logprobs: PerToken;
    token_mean: LossNumbers;
    seq_mean: LossNumbers;
  };
  tree: {
    segments: GoldenSegment[];
    leaves: { segment: number; advantage: number }[];
    copied_loss_tokens: number;
    unique_tokens: number;
    soft: LossNumbers;
    hard: LossNumbers;
  };
  greedy: { prompt: number[]; tokens: number[] }[];
  /** PyTorch's own float32 error of each quantity. */
  float32_error: Record<string, { max_abs: number; max_rel: number; rel_l2?: number }>;
}

export class GoldenSet {
  private constructor(
    readonly name: string,
    readonly modelDirectory: string,
    readonly numbers: GoldenNumbers,
    private readonly tensors: ReadonlyMap<string, ArrayLike<number>>,
  ) {}

  static async load(directory: string, name: string): Promise<GoldenSet> {
    const numbers = JSON.parse(await readFile(join(directory, `${name}.json`), 'utf8')) as GoldenNumbers;
    const stored = await readSafetensors(join(directory, `${name}.tensors.safetensors`));
    const tensors = new Map([...stored].map(([key, { data }]) => [key, data as ArrayLike<number>]));
    return new GoldenSet(name, join(directory, name), numbers, tensors);
  }

  /** Names of the sets in a directory: those with numbers and tensors. */
  static async list(directory: string): Promise<string[]> {
    const files = await readdir(directory);
    return files.flatMap((file) =>
      file.endsWith('.tensors.safetensors') ? [file.slice(0, -'.tensors.safetensors'.length)] : [],
    );
  }

  tensor(key: string): ArrayLike<number> {
    const data = this.tensors.get(key);
    if (!data) throw new Error(`${this.name} has no tensor ${key}`);
    return data;
  }

  /** The batch's sequences without their padding. */
  get sequences(): number[][] {
    const { lengths, input_ids } = this.numbers.batch;
    return lengths.map((length, b) => input_ids[b]!.slice(0, length));
  }
}
