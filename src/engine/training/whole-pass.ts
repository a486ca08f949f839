/** Forward and backward as one graph: the fastest way where all activations fit in memory. */
import type { Parameters } from '../io/model-directory.js';
import type { DecoderConfig } from '../models/config.js';
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
import {
  addRows,
  lossFeeds,
  lossKind,
  parameterFeeds,
  scalarFeed,
  type GradientResult,
  type LossInput,
  type Pass,
  type TargetStatistics,
} from './pass.js';

export class WholePass implements Pass {
  private readonly parameterFeeds: Feeds;

  constructor(
    private readonly config: DecoderConfig,
    private readonly parameters: Parameters,
    private readonly sessions: SessionCache,
  ) {
    this.parameterFeeds = parameterFeeds(parameters);
  }

  async gradient(batch: TreeBatch, loss: LossInput): Promise<GradientResult> {
    const results = await this.run(lossKind(loss), batch, lossFeeds(loss, 0, batch.targets));
    const gradients = new Map<string, Float32Array>();
    for (const [name, { data }] of this.parameters) {
      gradients.set(name, (results[gradientName(name)] as Float32Array | undefined) ?? new Float32Array(data.length));
    }
    addRows(
      gradients.get(EMBEDDINGS)!,
      batch.tokenIds_T,
      results[gradientName(EMBEDDED_GRADIENT)]!,
      this.config.hiddenSize,
    );
    return { loss: results['loss']![0]!, ...statistics(results), gradients };
  }

  async evaluate(batch: TreeBatch, temperature: number): Promise<TargetStatistics> {
    return statistics(await this.run('none', batch, { inverse_temperature: scalarFeed(1 / temperature) }));
  }

  private async run(kind: PassKind, batch: TreeBatch, feeds: Feeds): Promise<Record<string, FloatArray>> {
    const shape: WholeShape = { kind, keyLevels: batch.keySums.length, rowLevels: batch.rowSums.length };
    const session = await this.sessions.get(`whole ${Object.values(shape).join()}`, () =>
      wholeGraph(this.config, shape),
    );
    return session.run({ ...this.parameterFeeds, ...wholeFeeds(this.config, batch), ...feeds });
  }
}

function statistics(results: Record<string, FloatArray>): TargetStatistics {
  const entropies = results['entropies'] as Float32Array | undefined;
  return { logprobs: results['logprobs'] as Float32Array, entropies: entropies ?? new Float32Array(0) };
}
