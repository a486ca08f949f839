/** Scores responses against the references of their examples. A reward that cannot do its work is an infra_error, never a reward of 0. */
import type { DataSource } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { ScoreResult } from '../../protocol/messages.js';
import type { TrainerMessageOf } from '../trainer/trainer-handler.js';
import { exactMatch } from '../../rewards/exact-match.js';
import { openReward } from '../../rewards/open-reward.js';
import type { Reward } from '../../rewards/reward.js';
import type { KeptAnswers } from '../../rewards/server.js';
import type { ResolvedRewardSpec } from '../../spec/rewards/index.js';
import type { ClaimedJob } from '../../store/jobs.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { ToolResults } from './tool-results.js';
import { DatasetExample } from '../../store/entities/dataset-example.entity.js';
import { retryTransient } from '../claim/retry-transient.js';
import { storableJson } from '../../store/storable-json.js';
import { withoutPaths } from '../jobs/without-paths.js';

type ScorerDependencies = Pick<WorkerDependencies, 'dataSource' | 'guard' | 'judge' | 'projectSecrets' | 'pythonPool'>;

/**
 * Whoever opens a scorer closes it.
 * @throws {AppError} INPUT_FAILED for a secret or a server that is not usable
 */
export async function openScorer(
  spec: ResolvedRewardSpec,
  { dataSource, guard, judge, projectSecrets, pythonPool: pythonThreads }: ScorerDependencies,
  { projectId, subjectId: job }: ClaimedJob,
): Promise<Scorer> {
  const keptOf = (server: object): KeptAnswers => {
    const results = new ToolResults(dataSource, projectId, server, []);
    return {
      find: async (asked, signal) => (await results.find(asked, signal))?.text ?? null,
      keep: (asked, text, signal) => results.keep(asked, { outcome: 'ok', text }, signal),
    };
  };
  const secretValue = (name: string) => projectSecrets.value(projectId, name);
  const reward = await openReward(spec, { pythonThreads, guard, judge, secretValue, job, keptOf });
  return new Scorer(dataSource, reward);
}

export class Scorer {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reward: Reward,
  ) {}

  /**
   * One score per response, in order.
   * @throws {AppError} INPUT_FAILED when the example is gone
   */
  async score(
    {
      dataset: datasetId,
      example: index,
      responses,
    }: Pick<TrainerMessageOf<'score'>, 'dataset' | 'example' | 'responses'>,
    signal: AbortSignal,
  ): Promise<ScoreResult[]> {
    const find = () => this.dataSource.manager.findOneBy(DatasetExample, { datasetId, index });
    const row = await retryTransient(find, signal);
    // Nothing keeps a dataset from being deleted under a preview.
    if (!row)
      throw new AppError('INPUT_FAILED', { object: 'dataset', id: datasetId, reason: 'it does not exist any more' });
    const example = row.data;
    if (!('references' in example))
      return responses.map(() => ({ status: 'infra_error', message: 'the example has no references' }));
    const { question, references: reference, metadata } = example;
    const items = responses.map((response) => ({ response, reference, question, metadata }));
    // The names of its parts become names of metrics.
    const outcomes = storableJson(await this.reward.score(items, signal));
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
