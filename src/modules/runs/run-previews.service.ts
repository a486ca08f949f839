/** Previews of runs: what a spec would do, before it is started. A worker carries out its first steps; here it is asked for and read. */
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Config } from '../../config/config.js';
import type { Deleted } from '../../http/answer/answers.js';
import { findOwned } from '../../http/find-owned.js';
import { CONFIG } from '../../http/http.module.js';
import type { IdempotentRequest } from '../../http/idempotency.js';
import { selectWaiting } from '../../http/answer/waiting-for.js';
import { Submissions } from '../../http/submissions.js';
import type { RunSpecInput } from '../../spec/run-spec.js';
import { RunPreview } from '../../store/entities/run-preview.entity.js';
import { newId } from '../../store/ids.js';
import { insertRow } from '../../store/insert-row.js';
import { cancelJob } from '../../store/jobs.js';
import { idsOf, referenceProblems } from '../../store/references.js';
import { endUses } from '../../store/uses.js';
import { runFaults, runWarnings } from './check-run.js';
import { planRun } from './run-plan.js';
import { requirementsOf } from '../../store/requirements.js';
import { runPreviewObject, type RunPreviewObject } from './run-preview.schema.js';

@Injectable()
export class RunPreviewsService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly submissions: Submissions,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** What `POST /v1/runs` would make of it. Where that would refuse it there is nothing to preview. */
  async create(request: IdempotentRequest, input: RunSpecInput): Promise<RunPreviewObject> {
    const { projectId } = request;
    const { spec, problems: own, references, warnings: doubts } = planRun(input);
    const faults = spec ? await runFaults(spec, this.config) : [];
    return this.submissions.submit(request, async (manager, queue) => {
      const problems = [...own, ...faults, ...(await referenceProblems(manager, projectId, references))];
      const id = newId('preview');
      const status = problems.length > 0 ? 'ready' : 'processing';
      // The preview itself is any worker's.
      const requires = spec ? requirementsOf(spec) : {};
      const warnings = [...doubts, ...(spec ? await runWarnings(manager, projectId, spec) : [])];
      const preview = { id, projectId, status, spec, problems, warnings, result: null, error: null } as const;
      const row = await insertRow(manager, RunPreview, preview);
      if (status === 'processing' && spec) {
        await queue({ kind: 'run.preview', subjectId: id, uses: idsOf(references), requires });
      }
      return runPreviewObject(row);
    });
  }

  async get(projectId: string, id: string): Promise<RunPreviewObject> {
    const also = selectWaiting('run_previews');
    const { manager } = this.dataSource;
    return runPreviewObject(await findOwned(manager, RunPreview, 'preview', { projectId, id }, { also }));
  }

  async delete(projectId: string, id: string): Promise<Deleted> {
    await this.dataSource.transaction(async (manager) => {
      await findOwned(manager, RunPreview, 'preview', { projectId, id });
      // The job is locked before the row, as the worker does it.
      await cancelJob(manager, 'run.preview', id);
      await manager.delete(RunPreview, { id });
      await endUses(manager, [id]);
    });
    return { id, object: 'run.preview', deleted: true };
  }
}
