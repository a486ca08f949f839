/** Forward and backward as one graph: the fastest way where all activations fit in memory. */
import { withoutDropout, type AdaptedModel } from '../models/adapter.js';
import { EMBEDDINGS } from '../models/decoder.js';
import { lossFeeds, scalarFeed, type Loss } from '../objectives/loss.js';
import type { Objective } from '../objectives/objective.js';
import type { SessionCache } from '../device/session-cache.js';
import type { Feeds, FloatArray } from '../device/device.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { dropoutFeeds } from './dropout.js';
import {
  addRows,
  parameterFeeds,
  type GradientResult,
  type HostModel,
  type Pass,
  type TargetStatistics,
} from './pass.js';
import {
  EMBEDDED_GRADIENT,
  gradientName,
  objectiveKey,
  sumName,
  wholeFeeds,
  wholeGraph,
  type WholeShape,
} from './training-graph.js';

export class WholePass implements Pass {
  private readonly parameterFeeds: Feeds;

  constructor(
    private readonly model: HostModel,
    private readonly sessions: SessionCache,
  ) {
    this.parameterFeeds = parameterFeeds(model.parameters);
  }

  async gradient(batch: TreeBatch, loss: Loss, dropoutSeed: number): Promise<GradientResult> {
    const { config, adapter, trained } = this.model;
    const feeds = { ...lossFeeds(loss, 0, batch.targets), ...dropoutFeeds(this.model, batch.tokens, dropoutSeed) };
    const results = await this.run(this.model, loss.objective, batch, feeds);
    const gradients = new Map<string, Float32Array>();
    for (const [name, { data }] of trained) {
      gradients.set(name, (results[gradientName(name)] as Float32Array | undefined) ?? new Float32Array(data.length));
    }
    if (!adapter) {
      const rows = results[gradientName(EMBEDDED_GRADIENT)]!;
      addRows(gradients.get(EMBEDDINGS)!, batch.tokenIds_T, rows, config.hiddenSize);
    }
    const sums = Object.keys(loss.objective.metrics).map((metric) => [metric, results[sumName(metric)]![0]!]);
    return {
      loss: results['loss']![0]!,
      sums: Object.fromEntries(sums),
      ...statistics(results),
      gradients,
    };
  }

  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    const { config, adapter } = this.model;
    const model = { config, adapter: withoutDropout(adapter) };
    return statistics(await this.run(model, null, batch, { inverse_temperature: scalarFeed(1 / temperature) }));
  }

  private async run(
    model: AdaptedModel,
    objective: Objective | null,
    batch: TreeBatch,
    feeds: Feeds,
  ): Promise<Record<string, FloatArray>> {
    const shape: WholeShape = { objective, keyLevels: batch.keySums.length, rowLevels: batch.rowSums.length };
    const variant = `${shape.keyLevels},${shape.rowLevels}`;
    const session = await this.sessions.get(`whole ${objectiveKey(objective)}`, variant, () =>
      wholeGraph(model, shape),
    );
    return session.run({ ...this.parameterFeeds, ...wholeFeeds(model.config, batch), ...feeds });
  }
}

function statistics(results: Record<string, FloatArray>): TargetStatistics {
  const entropies = results['entropies'] as Float32Array | undefined;
  return { logprobs: results['logprobs'] as Float32Array, entropies: entropies ?? new Float32Array(0) };
}
