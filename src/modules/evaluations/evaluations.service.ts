/** Evaluations of a project. A worker carries them out and sums them up. */
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from '../../config/config.js';
import { AppError } from '../../errors/app-error.js';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { CONFIG } from '../../http/http.module.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { refuse } from '../../http/answer/problems.js';
import { selectWaiting } from '../../http/answer/waiting-for.js';
import { Submissions } from '../../http/submissions.js';
import { rewardFaults } from '../../rewards/check-reward.js';
import { resolveReward } from '../../spec/rewards/index.js';
import { FINAL_EVALUATION_STATUSES } from '../../spec/enums.js';
import type { EvaluationSpecInput, ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';
import { Evaluation } from '../../store/entities/evaluation.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob, deleteJob, lockJob } from '../../store/jobs.js';
import { missingWorker, requirementsOf } from '../../store/requirements.js';
import { idsOf, referenceProblems } from '../../store/references.js';
import { NO_USAGE } from '../../store/shapes.js';
import { endUses } from '../../store/uses.js';
import { announceEvaluation } from '../../store/webhooks.js';
import { benchmarkFit } from './benchmark-fit.js';
import { makerOf } from './checkpoint-maker.js';
import { planEvaluation } from './evaluation-plan.js';
import { evaluationObject, type EvaluationObject, type EvaluationQuery } from './evaluation.schema.js';

/** What is shown of an evaluation beside its columns. */
const SHOWN = selectWaiting('evaluations');

@Injectable()
export class EvaluationsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly submissions: Submissions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws {AppError} UNPROCESSABLE_SPEC naming everything that keeps it from running; nothing is left of it then */
  async create(request: IdempotentRequest, input: EvaluationSpecInput): Promise<EvaluationObject> {
    const { projectId } = request;
    const faults = await rewardFaults(input.grader ? resolveReward(input.grader) : null, 'grader', this.config);
    return this.submissions.submit(request, async (manager, queue) => {
      const maker = input.checkpoint === undefined ? null : await makerOf(manager, projectId, input.checkpoint);
      const { spec, problems, references, warnings } = planEvaluation(input, maker);
      const fit = await benchmarkFit(manager, projectId, spec);
      refuse([...problems, ...faults, ...(await referenceProblems(manager, projectId, references)), ...fit.problems]);
      // Without a spec there were problems.
      const resolved = spec as ResolvedEvaluationSpec;
      const requires = requirementsOf(resolved);
      const evaluation = await insertRow(manager, Evaluation, {
        ...newEvaluation(projectId, resolved),
        warnings: [...warnings, ...fit.warnings, ...(await missingWorker(manager, requires))],
      });
      const uses = idsOf(references);
      await queue({ kind: 'evaluation.run', subjectId: evaluation.id, uses, requires });
      return evaluationObject(evaluation);
    });
  }

  async list(projectId: string, { status, metadata, ...query }: EvaluationQuery): Promise<Page<EvaluationObject>> {
    const evaluations = this.dataSource.manager.createQueryBuilder(Evaluation, 'evaluations').where({ projectId });
    if (status) evaluations.andWhere('evaluations.status IN (:...status)', { status });
    if (metadata) evaluations.andWhere('evaluations.metadata @> :metadata', { metadata: JSON.stringify(metadata) });
    const { rows, hasMore } = await readPage(evaluations, 'id', query, SHOWN);
    return page(rows.map(evaluationObject), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<EvaluationObject> {
    const { manager } = this.dataSource;
    return evaluationObject(await findOwned(manager, Evaluation, 'evaluation', { projectId, id }, { also: SHOWN }));
  }

  /** One that nobody has begun is cancelled at once; another one when its worker has stopped it. Cancelling again changes nothing. */
  async cancel(request: IdempotentRequest, id: string): Promise<EvaluationObject> {
    const { projectId } = request;
    return this.idempotency.once(request, async (manager) => {
      await findOwned(manager, Evaluation, 'evaluation', { projectId, id });
      const outcome = await cancelJob(manager, 'evaluation.run', id);
      const { status } = await findOwned(manager, Evaluation, 'evaluation', { projectId, id }, { lock: true });
      if (status === 'succeeded' || status === 'failed') {
        throw new AppError('EVALUATION_FINISHED', { evaluationId: id, status });
      }
      if (outcome === 'cancelled') {
        await manager.update(Evaluation, { id }, { status: 'cancelled', finishedAt: () => 'clock_timestamp()' });
        await announceEvaluation(manager, id);
      } else if (outcome === 'asked') {
        await manager.update(Evaluation, { id }, { status: 'cancelling' });
      }
      return evaluationObject(await findOwned(manager, Evaluation, 'evaluation', { projectId, id }));
    });
  }

  /** Its answers go with it. Nothing refers to an evaluation, so that nothing is kept of it. */
  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      await findOwned(manager, Evaluation, 'evaluation', { projectId, id });
      await lockJob(manager, 'evaluation.run', id);
      const { status } = await findOwned(manager, Evaluation, 'evaluation', { projectId, id }, { lock: true });
      if (!FINAL_EVALUATION_STATUSES.includes(status)) {
        throw new AppError('EVALUATION_NOT_FINISHED', { evaluationId: id, status });
      }
      await manager.delete(Evaluation, { id });
      await deleteJob(manager, 'evaluation.run', id);
      await endUses(manager, [id]);
    });
    return { id, object: 'evaluation', deleted: true };
  }
}

function newEvaluation(projectId: string, spec: ResolvedEvaluationSpec): Partial<Evaluation> {
  return {
    id: newId('evaluation'),
    projectId,
    spec,
    status: 'queued',
    modelId: spec.model,
    datasetId: spec.dataset,
    progress: { done: 0, total: null },
    usage: NO_USAGE,
    aggregates: {},
    error: null,
    startedAt: null,
    finishedAt: null,
    metadata: spec.metadata,
  };
}
