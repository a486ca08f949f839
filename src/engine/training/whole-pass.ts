/** Forward and backward as one graph: the fastest way where all activations fit in memory. */
import { withoutDropout, type AdaptedModel } from '../models/adapter.js';
import { EMBEDDINGS } from '../models/decoder.js';
import {
  EMBEDDED_GRADIENT,
  gradientName,
  wholeFeeds,
  wholeGraph,
  type PassKind,
  type WholeShape,
} from '../models/training-graph.js';
import type { SessionCache } from '../onnx/session-cache.js';
import type { Feeds, FloatArray } from '../onnx/session.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { dropoutFeeds } from './dropout.js';
import {
  addRows,
  lossFeeds,
  lossKind,
  parameterFeeds,
  scalarFeed,
  type GradientResult,
  type HostModel,
  type LossInput,
  type Pass,
  type TargetStatistics,
} from './pass.js';

export class WholePass implements Pass {
  private readonly parameterFeeds: Feeds;

  constructor(
    private readonly model: HostModel,
    private readonly sessions: SessionCache,
  ) {
    this.parameterFeeds = parameterFeeds(model.parameters);
  }

  async gradient(batch: TreeBatch, loss: LossInput, dropoutSeed: number): Promise<GradientResult> {
    const { config, adapter, trained } = this.model;
    const feeds = { ...lossFeeds(loss, 0, batch.targets), ...dropoutFeeds(this.model, batch.tokens, dropoutSeed) };
    const results = await this.run(this.model, lossKind(loss), batch, feeds);
    const gradients = new Map<string, Float32Array>();
    for (const [name, { data }] of trained) {
      gradients.set(name, (results[gradientName(name)] as Float32Array | undefined) ?? new Float32Array(data.length));
    }
    if (!adapter) {
      const rows = results[gradientName(EMBEDDED_GRADIENT)]!;
      addRows(gradients.get(EMBEDDINGS)!, batch.tokenIds_T, rows, config.hiddenSize);
    }
    return { loss: results['loss']![0]!, ...statistics(results), gradients };
  }

  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    const { config, adapter } = this.model;
    const model = { config, adapter: withoutDropout(adapter) };
    return statistics(await this.run(model, 'none', batch, { inverse_temperature: scalarFeed(1 / temperature) }));
  }

  private async run(
    model: AdaptedModel,
    kind: PassKind,
    batch: TreeBatch,
    feeds: Feeds,
  ): Promise<Record<string, FloatArray>> {
    const shape: WholeShape = { kind, keyLevels: batch.keySums.length, rowLevels: batch.rowSums.length };
    const session = await this.sessions.get(`whole ${kind}`, Object.values(shape).join(), () =>
      wholeGraph(model, shape),
    );
    return session.run({ ...this.parameterFeeds, ...wholeFeeds(model.config, batch), ...feeds });
  }
}

function statistics(results: Record<string, FloatArray>): TargetStatistics {
  const entropies = results['entropies'] as Float32Array | undefined;
  return { logprobs: results['logprobs'] as Float32Array, entropies: entropies ?? new Float32Array(0) };
}
