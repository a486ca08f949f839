/** What a forward and backward pass over a packed batch takes and gives. How it is cut into graphs is in `whole-pass.ts` and `blockwise-pass.ts`. */
import type { Parameters } from '../io/model-directory.js';
import type { AdaptedModel } from '../models/adapter.js';
import type { LossKind } from '../models/losses.js';
import type { Feeds, FloatArray } from '../onnx/session.js';
import type { TreeBatch } from '../packing/tree-batch.js';

/** What a batch's P targets count for. All arrays are [P], in the order of `TreeBatch`, and already divided by the loss's denominator. */
export type LossInput =
  | { kind: 'sft'; weights: Float32Array }
  | {
      kind: 'policy';
      oldLogprobs: Float32Array;
      /** Needed iff klCoefficient is not 0. */
      referenceLogprobs: Float32Array | null;
      /** A⁺: sum of the positive advantages of the trajectories through the token. */
      positive: Float32Array;
      /** A⁻: sum of the negative ones. */
      negative: Float32Array;
      /** Summed weight of the trajectories through the token, for the KL and entropy terms. */
      weights: Float32Array;
      clipLow: number;
      clipHigh: number;
      dualClip: number | null;
      klCoefficient: number;
      entropyCoefficient: number;
      temperature: number;
    };

export interface TargetStatistics {
  /** log p of each target at the given temperature [P]. */
  logprobs: Float32Array;
  /** Entropy of the distribution of each target, nats [P]; empty for the sft loss. */
  entropies: Float32Array;
}

export interface GradientResult extends TargetStatistics {
  loss: number;
  /** By trained parameter, in the parameter's shape. */
  gradients: Map<string, Float32Array>;
}

/** A model with its weights on the host. */
export interface HostModel extends AdaptedModel {
  /** All of them by name, an adapter's as well. */
  parameters: Parameters;
  /** Those that have gradients. */
  trained: Parameters;
}

export interface Pass {
  /** @param dropoutSeed names the masks of an adapter's dropout; the same seed drops the same inputs */
  gradient(batch: TreeBatch, loss: LossInput, dropoutSeed: number): Promise<GradientResult>;
  evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics>;
}

/** Stands for no dual clip: no ratio reaches it. */
const NO_CAP = 1e30;

export function lossKind(loss: LossInput): LossKind {
  return loss.kind === 'sft' ? 'sft' : policyLossKind(loss);
}

export function policyLossKind(
  loss: Pick<Extract<LossInput, { kind: 'policy' }>, 'klCoefficient' | 'entropyCoefficient'>,
): LossKind {
  if (loss.klCoefficient === 0) return loss.entropyCoefficient === 0 ? 'policy' : 'policy+entropy';
  return loss.entropyCoefficient === 0 ? 'policy+kl' : 'policy+kl+entropy';
}

export function scalarFeed(value: number): Feeds[string] {
  return { data: Float32Array.of(value), dims: [] };
}

/** The loss's own inputs for targets `from` to `to`. */
export function lossFeeds(loss: LossInput, from: number, to: number): Feeds {
  const perTarget = (data: Float32Array): Feeds[string] => ({ data: data.subarray(from, to), dims: [to - from, 1] });
  if (loss.kind === 'sft') return { weights: perTarget(loss.weights), inverse_temperature: scalarFeed(1) };
  return {
    inverse_temperature: scalarFeed(1 / loss.temperature),
    weights: perTarget(loss.weights),
    old_logprobs: perTarget(loss.oldLogprobs),
    positive: perTarget(loss.positive),
    negative: perTarget(loss.negative),
    ratio_low: scalarFeed(1 - loss.clipLow),
    ratio_high: scalarFeed(1 + loss.clipHigh),
    ratio_cap: scalarFeed(loss.dualClip ?? NO_CAP),
    kl_coefficient: scalarFeed(loss.klCoefficient),
    entropy_coefficient: scalarFeed(loss.entropyCoefficient),
    ...(loss.referenceLogprobs ? { reference_logprobs: perTarget(loss.referenceLogprobs) } : {}),
  };
}

export function parameterFeeds(parameters: Parameters): Feeds {
  return Object.fromEntries([...parameters].map(([name, { shape, data }]) => [name, { dims: shape, data }]));
}

/** to[i] += from[i]. */
export function addInto(to: Float32Array, from: FloatArray): void {
  for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
}

/** Adds row r of `rows` [R, W] to row index[r] of `table`: on the host, because ONNX Runtime's scatters race or crawl. */
export function addRows(table: Float32Array, index_R: Int32Array, rows_RW: FloatArray, width: number): void {
  index_R.forEach((row, r) => {
    const to = row * width;
    const from = r * width;
    for (let i = 0; i < width; i++) table[to + i]! += rows_RW[from + i]!;
  });
}

/** Rows index[r] of `table` as [R, W]. */
export function takeRows(table: Float32Array, index_R: Int32Array, width: number): Float32Array {
  const rows = new Float32Array(index_R.length * width);
  index_R.forEach((row, r) => rows.set(table.subarray(row * width, (row + 1) * width), r * width));
  return rows;
}
