/** Previews of runs: what a spec would do, before it is started. A worker carries out its first steps; here it is asked for and read. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { Idempotency, type IdempotentRequest } from '../../http/idempotency.js';
import { JobTickets } from '../../queue/job-tickets.js';
import type { RunSpecInput } from '../../spec/run-spec.js';
import type { Job } from '../../store/entities/job.entity.js';
import { RunPreview } from '../../store/entities/run-preview.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob, createJob } from '../../store/jobs.js';
import { referenceProblems } from '../../store/references.js';
import { planRun } from './run-plan.js';
import { runPreviewObject, type RunPreviewObject } from './run-preview.schema.js';

@Injectable()
export class RunPreviewsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly idempotency: Idempotency,
    private readonly tickets: JobTickets,
  ) {}

  /** What `POST /v1/runs` would make of it. Where that would refuse it there is nothing to preview. */
  async create(request: IdempotentRequest, input: RunSpecInput): Promise<RunPreviewObject> {
    const { projectId } = request;
    const { spec, problems: own, references } = planRun(input);
    const jobs: Job[] = [];
    const answer = await this.idempotency.once(request, async (manager) => {
      const problems = [...own, ...(await referenceProblems(manager, projectId, references))];
      const id = newId('preview');
      const status = problems.length > 0 ? 'ready' : 'processing';
      const preview = { id, projectId, status, spec, problems, result: null, error: null } as const;
      const row = await insertRow(manager, RunPreview, preview);
      if (status === 'processing' && spec) {
        const requires = { accelerator: spec.accelerator };
        jobs.push(await createJob(manager, { projectId, kind: 'run.preview', subjectId: id, requires }));
      }
      return runPreviewObject(row);
    });
    for (const job of jobs) await this.tickets.issue(job);
    return answer;
  }

  async get(projectId: string, id: string): Promise<RunPreviewObject> {
    return runPreviewObject(await findOwned(this.dataSource.manager, RunPreview, 'preview', { projectId, id }));
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      await findOwned(manager, RunPreview, 'preview', { projectId, id });
      // The job is locked before the row, as the worker does it.
      await cancelJob(manager, 'run.preview', id);
      await manager.delete(RunPreview, { id });
    });
    return { id, object: 'run.preview', deleted: true };
  }
}
