/**
 * Forward and backward layer by layer: only each layer's input is kept, the rest is computed again on the way back, and the head takes its targets in chunks, so that
 * the logits of all targets never exist at once. One graph serves all layers, their weights being inputs. About a third more arithmetic than the whole graph.
 */
import { GatherRows, Input } from '../graph/ops.js';
import { withoutDropout } from '../models/adapter.js';
import { EMBEDDINGS, layerPrefix } from '../models/decoder.js';
import { elementsOf, parameterFeeds } from '../models/parameters.js';
import { keyLevelsOf, tileFeeds } from '../models/tile-attention.js';
import {
  gradientName,
  headGraph,
  headParameters,
  INPUT_GRADIENT,
  layerBackwardGraph,
  layerForwardGraph,
  layerShapes,
  objectiveKey,
  sumName,
  trainedLayerShapes,
} from './training-graph.js';
import { lossFeeds, scalarFeed, type Loss } from '../objectives/loss.js';
import type { Objective } from '../objectives/objective.js';
import type { SessionCache } from '../device/session-cache.js';
import type { Feeds, FloatArray } from '../device/device.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { layerDropoutFeeds } from './dropout.js';
import { headChunks } from './head-chunks.js';
import {
  addInto,
  addRows,
  takeRows,
  type GradientResult,
  type HostModel,
  type Pass,
  type TargetStatistics,
} from './pass.js';

export class BlockwisePass implements Pass {
  constructor(
    private readonly model: HostModel,
    private readonly sessions: SessionCache,
  ) {}

  async gradient(batch: TreeBatch, loss: Loss, dropoutSeed: number): Promise<GradientResult> {
    const { config, adapter, trained } = this.model;
    const W = config.hiddenSize;
    const gradients = new Map([...trained].map(([name, { shape }]) => [name, new Float32Array(elementsOf(shape))]));
    const tiles = tileFeeds(config, batch);
    const inputs = await this.forward(batch, tiles, dropoutSeed);
    const hidden_TW = inputs.pop()!;

    let total = 0;
    const sums = Object.fromEntries(Object.keys(loss.objective.metrics).map((metric) => [metric, 0]));
    const upstream_TW = new Float32Array(hidden_TW.length);
    const found = emptyStatistics(batch.targets, loss.objective.entropies);
    await this.eachChunk(
      loss.objective,
      batch,
      hidden_TW,
      found,
      (from, to) => lossFeeds(loss, from, to),
      (results, rows) => {
        total += results['loss']![0]!;
        for (const metric of Object.keys(sums)) sums[metric]! += results[sumName(metric)]![0]!;
        addRows(upstream_TW, rows, results[gradientName(INPUT_GRADIENT)]!, W);
        if (adapter) return;
        for (const name of headParameters(config)) addInto(gradients.get(name)!, results[gradientName(name)]!);
      },
    );

    let back_TW: Float32Array = upstream_TW;
    for (let layer = config.layers - 1; layer >= 0; layer--) {
      const feeds = { ...tiles, ...layerDropoutFeeds(this.model, '', layer, batch.tokens, dropoutSeed) };
      back_TW = await this.backward(batch, feeds, layer, inputs.pop()!, back_TW, gradients);
    }
    if (!adapter) addRows(gradients.get(EMBEDDINGS)!, batch.tokenIds_T, back_TW, W);
    return { loss: total, sums, ...found, gradients };
  }

  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    const hidden_TW = (await this.forward(batch, tileFeeds(this.model.config, batch), null)).at(-1)!;
    const found = emptyStatistics(batch.targets, true);
    await this.eachChunk(null, batch, hidden_TW, found, () => ({ inverse_temperature: scalarFeed(1 / temperature) }));
    return found;
  }

  /** The input of each layer [T, W], and last the hidden states behind them all. Drops nothing where `dropoutSeed` is null. */
  private async forward(batch: TreeBatch, tiles: Feeds, dropoutSeed: number | null): Promise<Float32Array[]> {
    const { config } = this.model;
    const { hiddenSize: W, layers } = config;
    const levels = keyLevelsOf(batch);
    const adapter = dropoutSeed === null ? withoutDropout(this.model.adapter) : this.model.adapter;
    const session = await this.sessions.get(`layer ${adapter?.dropout}`, levels.join(), () =>
      layerForwardGraph({ config, adapter }, levels),
    );
    const states = [await this.embedded(batch)];
    for (let layer = 0; layer < layers; layer++) {
      const x = { data: states[layer]!, dims: [batch.tokens, W] };
      const dropped = layerDropoutFeeds({ config, adapter }, '', layer, batch.tokens, dropoutSeed ?? 0);
      const { output } = await session.run({ ...tiles, ...dropped, ...(await this.layerFeeds(layer)), x });
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
    const levels = keyLevelsOf(batch);
    const dims = [batch.tokens, this.model.config.hiddenSize];
    const session = await this.sessions.get('layer back', levels.join(), () => layerBackwardGraph(this.model, levels));
    const results = await session.run({
      ...tiles,
      ...(await this.layerFeeds(layer)),
      x: { data: input_TW, dims },
      output_gradient: { data: upstream_TW, dims },
    });
    for (const [name] of trainedLayerShapes(this.model)) {
      gradients.set(layerPrefix(layer) + name, results[gradientName(name)] as Float32Array);
    }
    return results[gradientName(INPUT_GRADIENT)] as Float32Array;
  }

  /** Runs the head over chunks of targets and fills in their statistics. `visit` gets a chunk's outputs and the tokens whose hidden states it took. */
  private async eachChunk(
    objective: Objective | null,
    batch: TreeBatch,
    hidden_TW: Float32Array,
    found: TargetStatistics,
    feedsOf: (from: number, to: number) => Feeds,
    visit: (results: Record<string, FloatArray>, rows: Int32Array) => void = () => {},
  ): Promise<void> {
    const { config } = this.model;
    const W = config.hiddenSize;
    const session = await this.sessions.get(`head ${objectiveKey(objective)}`, '', () =>
      headGraph(this.model, objective),
    );
    const head = await this.feeds(headParameters(config));
    for (const [from, to] of headChunks(config, batch.targets)) {
      const rows = batch.rowOfTarget_P.subarray(from, to);
      const results = await session.run({
        ...head,
        ...feedsOf(from, to),
        x: { data: takeRows(hidden_TW, rows, W), dims: [to - from, W] },
        target_ids: { data: batch.targetIds_P.subarray(from, to), dims: [to - from] },
      });
      found.logprobs.set(results['logprobs']!, from);
      if (results['entropies']) found.entropies.set(results['entropies'], from);
      visit(results, rows);
    }
  }

  /** Rows of the embedding table [T, W]. */
  private async embedded(batch: TreeBatch): Promise<Float32Array> {
    const { config, parameters } = this.model;
    const table = parameters.get(EMBEDDINGS)!;
    if (!this.sessions.device.memory) return takeRows(table.data, batch.tokenIds_T, config.hiddenSize);
    const session = await this.sessions.get('embed', '', () => ({
      rows: GatherRows(Input(EMBEDDINGS, table.shape), Input('ids', ['T'], 'int32'), { kind: 'none' }),
    }));
    const ids = { data: batch.tokenIds_T, dims: [batch.tokens] };
    return (await session.run({ ...(await this.feeds([EMBEDDINGS])), ids }))['rows'] as Float32Array;
  }

  /** A layer's parameters, without their prefix. */
  private async layerFeeds(layer: number): Promise<Feeds> {
    const names = layerShapes(this.model).map(([name]) => name);
    const feeds = await this.feeds(names.map((name) => layerPrefix(layer) + name));
    return Object.fromEntries(names.map((name) => [name, feeds[layerPrefix(layer) + name]!]));
  }

  private feeds(names: readonly string[]): Promise<Feeds> {
    return parameterFeeds(new Map(names.map((name) => [name, this.model.parameters.get(name)!])));
  }
}

function emptyStatistics(targets: number, withEntropies: boolean): TargetStatistics {
  return { logprobs: new Float32Array(targets), entropies: new Float32Array(withEntropies ? targets : 0) };
}
