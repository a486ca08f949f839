/** Scores responses against the references of their examples. A reward that cannot do its work is an infra_error, never a reward of 0. */
import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { In, type DataSource } from 'typeorm';
import type { ScoreResult } from '../../protocol/messages.js';
import { evaluationOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import type { TrainerMessageOf } from '../trainer/trainer-handler.js';
import { exactMatch } from '../../rewards/exact-match.js';
import type { Reward } from '../../rewards/reward.js';
import { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import type { ExampleData } from '../../store/shapes.js';
import { retryTransient } from '../claim/retry-transient.js';
import { withoutPaths } from '../jobs/without-paths.js';

/** After so many scores the event loop gets its turn, so that leases are renewed. */
const BREATH = 32;

/** Which dataset the responses of a run answer: what it trains on, or what it is evaluated on meanwhile. */
export function scoredDataset(spec: ResolvedRunSpec, dataset: TrainerMessageOf<'score'>['dataset']): string {
  if (dataset === 'train') return spec.dataset;
  const evaluation = evaluationOf(spec);
  if (!evaluation) throw new Error(`a run of method ${spec.method} without evaluation scores no ${dataset} responses`);
  return evaluation.dataset;
}

export class Scorer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reward: Reward,
  ) {}

  /** One score per item, in order. */
  async score(
    datasetId: string,
    items: readonly { example: number; response: string }[],
    signal: AbortSignal,
  ): Promise<ScoreResult[]> {
    const indices = [...new Set(items.map(({ example }) => example))];
    const find = () => this.dataSource.manager.findBy(DatasetExample, { datasetId, index: In(indices) });
    const rows = await retryTransient(find, signal);
    const examples = new Map(rows.map(({ index, data }) => [index, data]));
    const scores: ScoreResult[] = [];
    for (const [i, { example, response }] of items.entries()) {
      if (i % BREATH === 0) {
        await yieldToEventLoop();
        signal.throwIfAborted();
      }
      scores.push(await this.scoreOne(examples.get(example), response));
    }
    return scores;
  }

  private async scoreOne(example: ExampleData | undefined, response: string): Promise<ScoreResult> {
    try {
      if (!example || !('references' in example)) throw new Error('the example has no references');
      const { question, references } = example;
      const { reward, parts, flags, answer, formatValid } = await this.reward.score({
        response,
        reference: references,
        question,
      });
      const exact_match = exactMatch(response, references);
      return { status: 'scored', reward, parts, flags, answer, format_valid: formatValid, exact_match };
    } catch (error) {
      return { status: 'infra_error', message: withoutPaths(error instanceof Error ? error.message : String(error)) };
    }
  }
}
