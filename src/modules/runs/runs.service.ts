/** Runs of a project: making them and reading them. Ending them is `run-endings.service.ts`; a worker carries them out. */
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, IsNull, type EntityManager } from 'typeorm';
import type { Config } from '../../config/config.js';
import { findOwned } from '../../http/find-owned.js';
import { CONFIG } from '../../http/http.module.js';
import type { IdempotentRequest } from '../../http/idempotency.js';
import { page, readPage, type Page } from '../../http/answer/page.js';
import { refuse } from '../../http/answer/problems.js';
import { Submissions } from '../../http/submissions.js';
import type { ResolvedRunSpec, RunSpecInput } from '../../spec/run-spec.js';
import { Run } from '../../store/entities/run.entity.js';
import { appendEvent } from '../../store/events.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { QUEUE_POSITION } from '../../store/jobs.js';
import { idsOf, referenceProblems } from '../../store/references.js';
import { createIntegrations } from '../../store/run-integrations.js';
import { NO_RUN_USAGE } from '../../store/shapes.js';
import { trainingRequirementsOf } from '../../store/requirements.js';
import { runFaults, runWarnings } from './check-run.js';
import { planRun } from './run-plan.js';
import { runObject, type RunObject, type RunQuery } from './run.schema.js';

@Injectable()
export class RunsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly submissions: Submissions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** @throws {AppError} UNPROCESSABLE_SPEC naming everything that keeps it from running; nothing is left of it then */
  async create(request: IdempotentRequest, input: RunSpecInput): Promise<RunObject> {
    const { projectId } = request;
    const { spec: planned, problems, references, warnings: doubts } = planRun(input);
    if (planned === null) refuse(problems);
    const spec = planned as ResolvedRunSpec;
    const faults = await runFaults(spec, this.config);
    return this.submissions.submit(request, async (manager, queue) => {
      refuse([...problems, ...faults, ...(await referenceProblems(manager, projectId, references))]);
      const requires = trainingRequirementsOf(spec);
      const warnings = [...doubts, ...(await runWarnings(manager, projectId, spec))];
      const run = await insertRow(manager, Run, { ...newRun(projectId, spec), warnings });
      await createIntegrations(manager, run);
      const { priority } = run.spec;
      await queue({ kind: 'run.train', subjectId: run.id, uses: idsOf(references), requires, priority });
      await appendEvent(manager, run.id, { level: 'info', type: 'run.queued', message: 'The run waits for a worker' });
      for (const message of warnings) {
        await appendEvent(manager, run.id, { level: 'warn', type: 'run.log', message });
      }
      return this.find(manager, projectId, run.id);
    });
  }

  async list(projectId: string, { status, method, metadata, ...query }: RunQuery): Promise<Page<RunObject>> {
    const { manager } = this.dataSource;
    const runs = manager.createQueryBuilder(Run, 'runs').where({ projectId, deletedAt: IsNull() });
    if (status) runs.andWhere('runs.status IN (:...status)', { status });
    if (method) runs.andWhere('runs.method IN (:...method)', { method });
    if (metadata) runs.andWhere('runs.metadata @> :metadata', { metadata: JSON.stringify(metadata) });
    const { rows, hasMore } = await readPage(runs, 'id', query, SHOWN);
    return page(rows.map(shown), hasMore, ({ id }) => id);
  }

  async get(projectId: string, id: string): Promise<RunObject> {
    return this.find(this.dataSource.manager, projectId, id);
  }

  private async find(manager: EntityManager, projectId: string, id: string): Promise<RunObject> {
    return shown(await findOwned(manager, Run, 'run', { projectId, id }, { also: SHOWN }));
  }
}

/** What is shown of a run beside its columns. */
const SHOWN = { queuePosition: QUEUE_POSITION } as const;

function shown({ queuePosition, ...run }: Run & { queuePosition: unknown }): RunObject {
  return runObject(run, queuePosition as number | null);
}

function newRun(projectId: string, spec: ResolvedRunSpec): Partial<Run> {
  return {
    id: newId('run'),
    projectId,
    name: spec.name,
    method: spec.method,
    spec,
    status: 'queued',
    modelId: spec.model,
    datasetId: spec.dataset,
    progress: { step: 0, steps: spec.training.steps, phase: null, fraction: null },
    usage: NO_RUN_USAGE,
    error: null,
    manifest: {},
    latestMetrics: {},
    checkpointsCount: 0,
    startedAt: null,
    finishedAt: null,
    estimatedFinishAt: null,
    metadata: spec.metadata,
  };
}
