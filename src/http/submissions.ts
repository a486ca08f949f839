/** Takes work in: once per Idempotency-Key it writes the row, its job and what it uses in one transaction, and then tells the workers. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { JobTickets } from '../queue/job-tickets.js';
import type { Job } from '../store/entities/job.entity.js';
import { createJob, type NewJob } from '../store/jobs.js';
import { checkStorage } from '../store/quotas.js';
import { traceparent } from '../tracing/spans.js';
import { Idempotency, type IdempotentRequest } from './idempotency.js';

@Injectable()
export class Submissions {
  constructor(
    private readonly idempotency: Idempotency,
    private readonly tickets: JobTickets,
  ) {}

  /**
   * @param work writes the row and answers what the client is told of it; `queue` adds the row's job. What it throws undoes everything
   * @throws {AppError} IDEMPOTENCY_KEY_REUSED, QUOTA_REACHED
   */
  async submit<T extends object>(
    request: IdempotentRequest,
    work: (manager: EntityManager, queue: (job: Omit<NewJob, 'traceparent'>) => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const jobs: Job[] = [];
    const answer = await this.idempotency.once(request, (manager) =>
      work(manager, async (job) => {
        await checkStorage(manager, request.projectId, job.kind);
        jobs.push(await createJob(manager, request.projectId, { ...job, traceparent: traceparent() }));
      }),
    );
    for (const job of jobs) await this.tickets.issue(job);
    return answer;
  }
}
