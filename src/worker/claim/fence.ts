/** The guard of everything that a worker writes for a job: a transaction commits only while the job is still this worker's. */
import type { DataSource, EntityManager } from 'typeorm';
import { lockHeldJob, type ClaimedJob } from '../../store/jobs.js';
import { retryTransient } from './retry-transient.js';

export class FenceLostError extends Error {
  override readonly name = 'FenceLostError';

  constructor(job: ClaimedJob) {
    super(`job ${job.id} is no longer held under fence ${job.fence}`);
  }
}

export class Fence {
  constructor(
    private readonly dataSource: DataSource,
    private readonly job: ClaimedJob,
    /** Aborted when the lease is lost: then an outage of PostgreSQL is no longer waited for. */
    private readonly lost: AbortSignal,
  ) {}

  /**
   * Runs `work` in a transaction that holds the job's row, so that nobody can claim it meanwhile. What it does must be idempotent:
   * after an outage it is run again, also when the commit's answer was what got lost.
   * @throws {FenceLostError} having written nothing
   */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return retryTransient(
      () =>
        this.dataSource.transaction(async (manager) => {
          await this.check(manager);
          return work(manager);
        }),
      this.lost,
    );
  }

  /**
   * Locks the job's row for the rest of the transaction.
   * @throws {FenceLostError}
   */
  async check(manager: EntityManager): Promise<void> {
    if (!(await lockHeldJob(manager, this.job)) || this.lost.aborted) throw new FenceLostError(this.job);
  }
}
