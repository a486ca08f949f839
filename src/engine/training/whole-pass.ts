/** Forward and backward as one graph: the fastest way where all activations fit in memory. */
import { withoutDropout, type AdaptedModel } from '../models/adapter.js';
import { EMBEDDINGS } from '../models/decoder.js';
import { elementsOf, parameterFeeds } from '../models/parameters.js';
import { keyLevelsOf } from '../models/tile-attention.js';
import { lossFeeds, scalarFeed, type Loss } from '../objectives/loss.js';
import type { Objective } from '../objectives/objective.js';
import type { SessionCache } from '../device/session-cache.js';
import type { DeviceTensor, Feeds, FloatArray } from '../device/device.js';
import type { TreeBatch } from '../packing/tree-batch.js';
import { dropoutFeeds } from './dropout.js';
import {
  addRows,
  type Gradient,
  type GradientResult,
  type HostModel,
  type Pass,
  type TargetStatistics,
} from './pass.js';
import {
  EMBEDDED_GRADIENT,
  embeddingSums,
  gradientName,
  isGradient,
  objectiveKey,
  sumName,
  wholeFeeds,
  wholeGraph,
  type WholeShape,
} from './training-graph.js';

interface Outputs {
  host: Record<string, FloatArray>;
  /** Gradients that were left on a device. */
  kept: ReadonlyMap<string, DeviceTensor>;
}

export class WholePass implements Pass {
  constructor(
    private readonly model: HostModel,
    private readonly sessions: SessionCache,
  ) {}

  async gradient(batch: TreeBatch, loss: Loss, dropoutSeed: number): Promise<GradientResult<Gradient>> {
    const { config, adapter, trained } = this.model;
    const feeds = { ...lossFeeds(loss, 0, batch.targets), ...dropoutFeeds(this.model, batch.tokens, dropoutSeed) };
    const { host, kept } = await this.run(this.model, loss.objective, batch, feeds);
    const gradients = new Map<string, Gradient>();
    for (const [name, { shape }] of trained) {
      const found = kept.get(gradientName(name)) ?? (host[gradientName(name)] as Float32Array | undefined);
      gradients.set(name, found ?? new Float32Array(elementsOf(shape)));
    }
    const rows = host[gradientName(EMBEDDED_GRADIENT)];
    if (rows && !adapter) {
      addRows(gradients.get(EMBEDDINGS) as Float32Array, batch.tokenIds_T, rows, config.hiddenSize);
    }
    const sums = Object.keys(loss.objective.metrics).map((metric) => [metric, host[sumName(metric)]![0]!]);
    return {
      loss: host['loss']![0]!,
      sums: Object.fromEntries(sums),
      ...statistics(host),
      gradients,
    };
  }

  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    const { config, adapter } = this.model;
    const model = { config, adapter: withoutDropout(adapter) };
    const { host } = await this.run(model, null, batch, { inverse_temperature: scalarFeed(1 / temperature) });
    return statistics(host);
  }

  /** On a device with a memory of its own the gradients stay there, those of the embedded rows added up to the table's. */
  private async run(
    model: AdaptedModel,
    objective: Objective | null,
    batch: TreeBatch,
    feeds: Feeds,
  ): Promise<Outputs> {
    const { memory } = this.sessions.device;
    const sums = memory && objective && !model.adapter ? embeddingSums(model.config, batch) : null;
    const shape: WholeShape = {
      objective,
      keyLevels: keyLevelsOf(batch),
      rowLevels: batch.rowSums.length,
      embeddingLevels: sums && sums.levels,
    };
    const variant = `${shape.keyLevels.join()},${shape.rowLevels},${shape.embeddingLevels}`;
    const name = `whole ${objectiveKey(objective)}`;
    const graph = () => wholeGraph(model, shape);
    const all = {
      ...(await parameterFeeds(this.model.parameters)),
      ...wholeFeeds(model.config, batch),
      ...sums?.feeds,
      ...feeds,
    };
    if (memory) return (await this.sessions.getKeeping(memory, name, variant, graph, isGradient)).run(all);
    return { host: await (await this.sessions.get(name, variant, graph)).run(all), kept: new Map() };
  }
}

function statistics(results: Record<string, FloatArray>): TargetStatistics {
  const entropies = results['entropies'] as Float32Array | undefined;
  return { logprobs: results['logprobs'] as Float32Array, entropies: entropies ?? new Float32Array(0) };
}
