/** Evaluates a model or a checkpoint: has a trainer answer the questions, scores the answers, and sums up. */
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { In, Not, type EntityManager, type QueryDeepPartialEntity } from 'typeorm';
import { addWarning } from '../../store/add-warning.js';
import { EvaluationItem } from '../../store/entities/evaluation-item.entity.js';
import { Evaluation } from '../../store/entities/evaluation.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { NO_USAGE } from '../../store/shapes.js';
import { recordUsage } from '../../store/usage.js';
import { announceEvaluation } from '../../store/webhooks.js';
import { exampleLine } from '../inputs/example-lines.js';
import { InputFiles } from '../inputs/input-files.js';
import { openToolSet } from '../inputs/open-tool-set.js';
import { openScorer } from '../inputs/scorer.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from '../jobs/job-processor.js';
import { endOf } from '../jobs/outcome-end.js';
import type { WorkerDependencies } from '../jobs/worker-dependencies.js';
import { superviseTrainer } from '../trainer/trainer-session.js';
import { rightBy } from '../../spec/evaluation-spec.js';
import { aggregate } from './aggregate.js';
import { categoriesOf } from './categories.js';
import { EvaluationHandler } from './evaluation-handler.js';

/** The columns that the aggregates need: not the responses, which may be long. */
const AGGREGATED = {
  example: true,
  reward: true,
  exactMatch: true,
  formatValid: true,
  toolCalls: true,
  modelTokens: true,
  answer: true,
  rewardStatus: true,
  finishReason: true,
} as const;

const ALL_CUT =
  'Every answer was cut at sampling.max_response_tokens: raise it, or the answers that the model would give are not seen';

const ENDED = { done: 'succeeded', failed: 'failed', cancelled: 'cancelled' } as const;

export class EvaluationRunProcessor implements JobProcessor {
  private readonly logger = new Logger('Evaluation');

  constructor(private readonly dependencies: WorkerDependencies) {}

  /** An evaluation that was interrupted starts over. */
  async claimed(manager: EntityManager, { subjectId: id }: ClaimedJob): Promise<void> {
    await manager.delete(EvaluationItem, { evaluationId: id });
    await manager.update(Evaluation, id, { progress: { done: 0, total: null }, usage: NO_USAGE });
    await manager.update(
      Evaluation,
      { id, status: 'queued' },
      { status: 'running', startedAt: () => 'clock_timestamp()' },
    );
  }

  async released(manager: EntityManager, { subjectId: id }: ClaimedJob): Promise<void> {
    await manager.update(Evaluation, { id, status: 'running' }, { status: 'queued' });
  }

  async settle(manager: EntityManager, { subjectId: id }: ClaimedJob, end: FinalEnd): Promise<void> {
    const { spec, projectId, usage } = await manager.findOneByOrFail(Evaluation, { id });
    const items = await manager.find(EvaluationItem, { select: AGGREGATED, where: { evaluationId: id } });
    if (items.length > 0 && items.every(({ finishReason }) => finishReason === 'length'))
      await addWarning(manager, 'evaluations', id, ALL_CUT);
    const changes: Partial<Evaluation> = {
      status: ENDED[end.kind],
      aggregates: { ...aggregate(items, rightBy(spec), await categoriesOf(manager, spec)) },
      error: end.kind === 'failed' ? end.failure : null,
    };
    // The type of update refuses open jsonb objects, which the columns allow.
    const values = { ...changes, finishedAt: () => 'clock_timestamp()' } as QueryDeepPartialEntity<Evaluation>;
    const { affected } = await manager.update(Evaluation, { id, status: Not(In(Object.values(ENDED))) }, values);
    if (affected === 0) return;
    await recordUsage(manager, projectId, usage);
    await announceEvaluation(manager, id);
  }

  async work({ job, fence, signal, scratch }: JobContext): Promise<JobEnd> {
    const { dataSource, blobs, accelerator, threads, trainerEntry, trainerLimits } = this.dependencies;
    const { id, spec } = await dataSource.manager.findOneByOrFail(Evaluation, { id: job.subjectId });
    const files = new InputFiles(dataSource, blobs, job.projectId, signal);
    const [modelDirectory, examples] = [join(scratch, 'model'), join(scratch, 'examples.jsonl')];
    await files.model(spec.model, modelDirectory, { asked: true });
    const questions = await files.lines(spec.dataset, examples, exampleLine, spec.limit);
    // A reward opens nothing before it scores.
    const scorer = await openScorer(spec.grader, this.dependencies, job);
    const toolSet = await openToolSet(spec.tools, files, this.dependencies, { job, signal, scratch });
    try {
      const provider = accelerator.providerFor(spec.accelerator);
      const onLine = (line: string) => this.logger.log(`${id}: ${line}`);
      const handler = new EvaluationHandler({
        evaluationId: id,
        total: questions * spec.sampling.samples,
        threads,
        provider,
        dataSource,
        fence,
        toolSet,
        scorer,
        onLog: onLine,
      });
      const outcome = await superviseTrainer({
        job: {
          kind: 'evaluate',
          evaluation_id: id,
          attempt: job.fence,
          spec,
          model_directory: modelDirectory,
          examples,
          tools: [...toolSet.definitions],
          call_limits: toolSet.callLimits,
          provider,
          threads,
        },
        handler,
        signal,
        onLine,
        entry: trainerEntry,
        limits: trainerLimits,
      });
      return endOf(outcome, signal);
    } finally {
      await Promise.all([toolSet.close(), scorer.close()]);
    }
  }
}
