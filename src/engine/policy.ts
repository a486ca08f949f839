/**
 * A language model that decodes and learns: one set of weights on the host, which the decoding and the training graphs take as inputs, so that an optimiser
 * step is seen by both at once. Neither samples nor optimises.
 */
import type { Node } from './graph/node.js';
import { readModelDirectory, type Parameters } from './io/model-directory.js';
import type { DecoderConfig } from './models/config.js';
import { decodeBatch, type DecodeRow } from './models/decode-batch.js';
import { EMBEDDINGS } from './models/decoder.js';
import { decodingGraph } from './models/decoding-graph.js';
import { KeyValueStore } from './models/key-value-store.js';
import type { LossKind } from './models/losses.js';
import {
  batchFeeds,
  EMBEDDED_GRADIENT,
  gradientName,
  trainingGraph,
  type TrainingShape,
} from './models/training-graph.js';
import { Session, type Feeds, type FloatArray } from './onnx/session.js';
import { packTrees, type TreeBatch, type TreeInput } from './packing/tree-batch.js';

export { KeyValueStore, packTrees };
export type { DecodeRow, TreeBatch, TreeInput };

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
  /** By parameter, in the parameter's shape. */
  gradients: Map<string, Float32Array>;
}

/** Stands for no dual clip: no ratio reaches it. */
const NO_CAP = 1e30;

export class Policy {
  private readonly sessions = new Map<string, Promise<Session<string>>>();
  private readonly parameterFeeds: Feeds;

  constructor(
    readonly config: DecoderConfig,
    /** Updated in place by the optimiser; every session sees it at once. */
    readonly parameters: Parameters,
    private readonly options: { threads: number },
  ) {
    this.parameterFeeds = Object.fromEntries(
      [...parameters].map(([name, { shape, data }]) => [name, { dims: shape, data }]),
    );
  }

  /** From a Hugging Face directory. `threads` 0 lets ONNX Runtime choose. Throws ModelFormatError naming what is missing or not supported. */
  static async load(directory: string, options: { threads: number }): Promise<Policy> {
    const { config, parameters } = await readModelDirectory(directory);
    return new Policy(config, parameters, options);
  }

  /**
   * Feeds each of B rows its new tokens, writes their keys and values into the rows' slots, and returns the logits [B·V] after each row's last token.
   * Rows are padded to the longest: group rows of like length.
   */
  async extend(store: KeyValueStore, rows: readonly DecodeRow[]): Promise<Float32Array> {
    const { feeds, length } = decodeBatch(this.config, rows);
    const session = await this.session('decode', () => decodingGraph(this.config));
    const results = await session.run({ ...this.parameterFeeds, ...feeds, ...this.storeFeeds(store) });
    const { width } = store;
    for (let layer = 0; layer < this.config.layers; layer++) {
      const newKeys = results[`new_keys.${layer}`]!;
      const newValues = results[`new_values.${layer}`]!;
      rows.forEach(({ slots }, b) => {
        slots.forEach((slot, i) => {
          const from = (b * length + i) * width;
          copyRow(store.keys[layer]!, slot * width, newKeys, from, width);
          copyRow(store.values[layer]!, slot * width, newValues, from, width);
        });
      });
    }
    const logits = results['logits'] as Float32Array;
    return logits.subarray(0, rows.length * this.config.vocabSize);
  }

  /** Loss and the gradient of every parameter over a packed batch. */
  async gradient(batch: TreeBatch, loss: LossInput): Promise<GradientResult> {
    const kind: LossKind = loss.kind === 'sft' ? 'sft' : loss.klCoefficient === 0 ? 'policy' : 'policy_with_kl';
    const results = await this.runTraining(kind, batch, lossFeeds(loss, batch.targets));
    const gradients = new Map<string, Float32Array>();
    for (const name of this.parameters.keys()) {
      const dense = results[gradientName(name)] as Float32Array | undefined;
      gradients.set(name, dense ?? new Float32Array(this.parameters.get(name)!.data.length));
    }
    this.addEmbeddedRows(gradients.get(EMBEDDINGS)!, batch.tokenIds_T, results[gradientName(EMBEDDED_GRADIENT)]!);
    return { loss: results['loss']![0]!, ...statistics(results), gradients };
  }

  /** Forward only. */
  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    return statistics(await this.runTraining('none', batch, { inverse_temperature: scalar(1 / temperature) }));
  }

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
    this.sessions.clear();
  }

  private async runTraining(
    loss: TrainingShape['loss'],
    batch: TreeBatch,
    feeds: Feeds,
  ): Promise<Record<string, FloatArray>> {
    const shape: TrainingShape = { loss, keyLevels: batch.keySums.length, rowLevels: batch.rowSums.length };
    const session = await this.session(`train:${Object.values(shape).join(':')}`, () =>
      trainingGraph(this.config, shape),
    );
    return session.run({ ...this.parameterFeeds, ...batchFeeds(this.config, batch), ...feeds });
  }

  private session(key: string, graph: () => Record<string, Node>): Promise<Session<string>> {
    let session = this.sessions.get(key);
    if (!session) this.sessions.set(key, (session = Session.create(graph(), this.options)));
    return session;
  }

  private storeFeeds(store: KeyValueStore): Feeds {
    const dims = [store.capacity, store.width];
    return Object.fromEntries([
      ...store.keys.map((data, layer) => [`keys.${layer}`, { data, dims }]),
      ...store.values.map((data, layer) => [`values.${layer}`, { data, dims }]),
    ]);
  }

  /** Adds the gradient of each looked-up row to the table: on the host, because ONNX Runtime's scatters race or crawl. */
  private addEmbeddedRows(table: Float32Array, ids_T: Int32Array, rows_TW: FloatArray): void {
    const W = this.config.hiddenSize;
    ids_T.forEach((id, t) => {
      const to = id * W;
      const from = t * W;
      for (let i = 0; i < W; i++) table[to + i]! += rows_TW[from + i]!;
    });
  }
}

function copyRow(to: Float32Array, at: number, from: FloatArray, start: number, width: number): void {
  for (let i = 0; i < width; i++) to[at + i] = from[start + i]!;
}

function statistics(results: Record<string, FloatArray>): TargetStatistics {
  const entropies = results['entropies'] as Float32Array | undefined;
  return { logprobs: results['logprobs'] as Float32Array, entropies: entropies ?? new Float32Array(0) };
}

function scalar(value: number): Feeds[string] {
  return { data: Float32Array.of(value), dims: [] };
}

function lossFeeds(loss: LossInput, targets: number): Feeds {
  const perTarget = (data: Float32Array): Feeds[string] => ({ data, dims: [targets, 1] });
  if (loss.kind === 'sft') return { weights: perTarget(loss.weights), inverse_temperature: scalar(1) };
  return {
    inverse_temperature: scalar(1 / loss.temperature),
    weights: perTarget(loss.weights),
    old_logprobs: perTarget(loss.oldLogprobs),
    positive: perTarget(loss.positive),
    negative: perTarget(loss.negative),
    ratio_low: scalar(1 - loss.clipLow),
    ratio_high: scalar(1 + loss.clipHigh),
    ratio_cap: scalar(loss.dualClip ?? NO_CAP),
    kl_coefficient: scalar(loss.klCoefficient),
    entropy_coefficient: scalar(loss.entropyCoefficient),
    ...(loss.referenceLogprobs ? { reference_logprobs: perTarget(loss.referenceLogprobs) } : {}),
  };
}
