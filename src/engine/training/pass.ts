/** What a forward and backward pass over a packed batch takes and gives. How it is cut into graphs is in `whole-pass.ts` and `blockwise-pass.ts`. */
import type { Parameters } from '../models/parameters.js';
import type { AdaptedModel } from '../models/adapter.js';
import type { Loss } from '../objectives/loss.js';
import type { DeviceTensor, FloatArray } from '../device/device.js';
import type { TreeBatch } from '../packing/tree-batch.js';

export interface TargetStatistics {
  /** log p of each target at the given temperature [P]. */
  logprobs: Float32Array;
  /** Entropy of the distribution of each target, nats [P]; empty where the objective wants none. */
  entropies: Float32Array;
}

export interface GradientResult<Held extends Gradient = Float32Array> extends TargetStatistics {
  loss: number;
  /** Of the objective's metrics, over the batch's targets. */
  sums: Record<string, number>;
  /** By trained parameter, in the parameter's shape. */
  gradients: Map<string, Held>;
}

/** A gradient where it was computed: what is on a device is whoever holds it to dispose of. */
export type Gradient = Float32Array | DeviceTensor;

/** A model with its weights on the host. */
export interface HostModel extends AdaptedModel {
  /** All of them by name, an adapter's as well. */
  parameters: Parameters;
  /** Those that have gradients. */
  trained: Parameters;
}

export interface Pass {
  /** @param dropoutSeed names the masks of an adapter's dropout; the same seed drops the same inputs */
  gradient(batch: TreeBatch, loss: Loss, dropoutSeed: number): Promise<GradientResult<Gradient>>;
  evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics>;
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
