/**
 * Forward and backward layer by layer: only each layer's input is kept, the rest is computed again on the way back, and the head takes its targets in chunks, so that
 * the logits of all targets never exist at once. One graph serves all layers, their weights being inputs. About a third more arithmetic than the whole graph.
 */
import type { Parameters } from '../io/model-directory.js';
import type { DecoderConfig } from '../models/config.js';
import { EMBEDDINGS, FINAL_NORM, headName, layerPrefix } from '../models/decoder.js';
import { tileFeeds } from '../models/tile-attention.js';
import {
  gradientName,
  headGraph,
  INPUT_GRADIENT,
  layerBackwardGraph,
  layerForwardGraph,
  layerParameterNames,
  type PassKind,
} from '../models/training-graph.js';
import type { SessionCache } from '../onnx/session-cache.js';
import type { Feeds, FloatArray } from '../onnx/session.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import {
  addInto,
  addRows,
  lossFeeds,
  lossKind,
  parameterFeeds,
  scalarFeed,
  takeRows,
  type GradientResult,
  type LossInput,
  type Pass,
  type TargetStatistics,
} from './pass.js';

/** Logits of one chunk of targets at most. */
const CHUNK_LOGITS = 1 << 24;

export class BlockwisePass implements Pass {
  private readonly feeds: Feeds;

  constructor(
    private readonly config: DecoderConfig,
    private readonly parameters: Parameters,
    private readonly sessions: SessionCache,
  ) {
    this.feeds = parameterFeeds(parameters);
  }

  async gradient(batch: TreeBatch, loss: LossInput): Promise<GradientResult> {
    const W = this.config.hiddenSize;
    const gradients = new Map([...this.parameters].map(([name, { data }]) => [name, new Float32Array(data.length)]));
    const tiles = tileFeeds(this.config, batch);
    const inputs = await this.forward(batch, tiles);
    const hidden_TW = inputs.pop()!;

    let total = 0;
    const upstream_TW = new Float32Array(hidden_TW.length);
    const found = emptyStatistics(batch.targets, loss.kind !== 'sft');
    await this.eachChunk(
      lossKind(loss),
      batch,
      hidden_TW,
      found,
      (from, to) => lossFeeds(loss, from, to),
      (results, rows) => {
        total += results['loss']![0]!;
        addRows(upstream_TW, rows, results[gradientName(INPUT_GRADIENT)]!, W);
        for (const name of [FINAL_NORM, headName(this.config)])
          addInto(gradients.get(name)!, results[gradientName(name)]!);
      },
    );

    let back_TW: Float32Array = upstream_TW;
    for (let layer = this.config.layers - 1; layer >= 0; layer--) {
      back_TW = await this.backward(batch, tiles, layer, inputs.pop()!, back_TW, gradients);
    }
    addRows(gradients.get(EMBEDDINGS)!, batch.tokenIds_T, back_TW, W);
    return { loss: total, ...found, gradients };
  }

  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    const hidden_TW = (await this.forward(batch, tileFeeds(this.config, batch))).at(-1)!;
    const found = emptyStatistics(batch.targets, true);
    await this.eachChunk('none', batch, hidden_TW, found, () => ({ inverse_temperature: scalarFeed(1 / temperature) }));
    return found;
  }

  /** The input of each layer [T, W], and last the hidden states behind them all. */
  private async forward(batch: TreeBatch, tiles: Feeds): Promise<Float32Array[]> {
    const { hiddenSize: W, layers } = this.config;
    const levels = batch.keySums.length;
    const session = await this.sessions.get(`layer ${levels}`, () => layerForwardGraph(this.config, levels));
    const states = [takeRows(this.parameters.get(EMBEDDINGS)!.data, batch.tokenIds_T, W)];
    for (let layer = 0; layer < layers; layer++) {
      const x = { data: states[layer]!, dims: [batch.tokens, W] };
      const { output } = await session.run({ ...tiles, ...this.layerFeeds(layer), x });
      states.push(output as Float32Array);
    }
    return states;
  }

  /** Puts the layer's gradients in place and returns the gradient of its input. */
  private async backward(
    batch: TreeBatch,
    tiles: Feeds,
    layer: number,
    input_TW: Float32Array,
    upstream_TW: Float32Array,
    gradients: Map<string, Float32Array>,
  ): Promise<Float32Array> {
    const levels = batch.keySums.length;
    const dims = [batch.tokens, this.config.hiddenSize];
    const session = await this.sessions.get(`layer back ${levels}`, () => layerBackwardGraph(this.config, levels));
    const results = await session.run({
      ...tiles,
      ...this.layerFeeds(layer),
      x: { data: input_TW, dims },
      output_gradient: { data: upstream_TW, dims },
    });
    for (const [name] of layerParameterNames(this.config)) {
      gradients.set(layerPrefix(layer) + name, results[gradientName(name)] as Float32Array);
    }
    return results[gradientName(INPUT_GRADIENT)] as Float32Array;
  }

  /** Runs the head over chunks of targets and fills in their statistics. `visit` gets a chunk's outputs and the tokens whose hidden states it took. */
  private async eachChunk(
    kind: PassKind,
    batch: TreeBatch,
    hidden_TW: Float32Array,
    found: TargetStatistics,
    feedsOf: (from: number, to: number) => Feeds,
    visit: (results: Record<string, FloatArray>, rows: Int32Array) => void = () => {},
  ): Promise<void> {
    const { hiddenSize: W, vocabSize: V } = this.config;
    const session = await this.sessions.get(`head ${kind}`, () => headGraph(this.config, kind));
    const chunks = Math.ceil(batch.targets / Math.max(2, Math.floor(CHUNK_LOGITS / V)));
    const size = Math.ceil(batch.targets / chunks);
    for (let from = 0; from < batch.targets; from += size) {
      const to = Math.min(batch.targets, from + size);
      const rows = batch.rowOfTarget_P.subarray(from, to);
      const results = await session.run({
        ...this.feeds,
        ...feedsOf(from, to),
        x: { data: takeRows(hidden_TW, rows, W), dims: [to - from, W] },
        target_ids: { data: batch.targetIds_P.subarray(from, to), dims: [to - from] },
      });
      found.logprobs.set(results['logprobs']!, from);
      if (results['entropies']) found.entropies.set(results['entropies'], from);
      visit(results, rows);
    }
  }

  private layerFeeds(layer: number): Feeds {
    return Object.fromEntries(
      layerParameterNames(this.config).map(([name]) => [name, this.feeds[layerPrefix(layer) + name]!]),
    );
  }
}

function emptyStatistics(targets: number, withEntropies: boolean): TargetStatistics {
  return { logprobs: new Float32Array(targets), entropies: new Float32Array(withEntropies ? targets : 0) };
}
