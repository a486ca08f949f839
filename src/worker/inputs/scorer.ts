/** Scores responses against the references of their examples. A reward that cannot do its work is an infra_error, never a reward of 0. */
import type { DataSource } from 'typeorm';
import type { ScoreResult } from '../../protocol/messages.js';
import { evaluationOf, type ResolvedRunSpec } from '../../spec/run-spec.js';
import type { TrainerMessageOf } from '../trainer/trainer-handler.js';
import { exactMatch } from '../../rewards/exact-match.js';
import type { Reward } from '../../rewards/reward.js';
import { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import { retryTransient } from '../claim/retry-transient.js';
import { withoutPaths } from '../jobs/without-paths.js';

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

  /** One score per response, in order. */
  async score(
    datasetId: string,
    { example: index, responses }: Pick<TrainerMessageOf<'score'>, 'example' | 'responses'>,
    signal: AbortSignal,
  ): Promise<ScoreResult[]> {
    const find = () => this.dataSource.manager.findOneBy(DatasetExample, { datasetId, index });
    const example = (await retryTransient(find, signal))?.data;
    if (!example || !('references' in example))
      return responses.map(() => ({ status: 'infra_error', message: 'the example has no references' }));
    const { question, references: reference, metadata } = example;
    const items = responses.map((response) => ({ response, reference, question, metadata }));
    const outcomes = await this.reward.score(items, signal);
    return outcomes.map((outcome, i): ScoreResult => {
      if (outcome.kind === 'infra_error') return { status: 'infra_error', message: withoutPaths(outcome.message) };
      const { reward, parts, flags, answer, formatValid: format_valid } = outcome;
      const exact_match = exactMatch(responses[i] ?? [], reference);
      return { status: 'scored', reward, parts, flags, answer, format_valid, exact_match };
    });
  }

  close(): Promise<void> {
    return this.reward.close();
  }
}
