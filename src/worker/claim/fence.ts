/** The guard of everything that a worker writes for a job: a transaction commits only while the job is still this worker's. */
import type { DataSource, EntityManager } from 'typeorm';
import { hasCommitted, lockHeldJob, type ClaimedJob } from '../../store/jobs.js';
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
   * Runs `work` in a transaction that holds the job's row, so that nobody can claim it meanwhile. After an outage it is run again, unless it was only the
   * commit's answer that got lost: it takes effect once.
   * @throws {FenceLostError} having written nothing
   */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    let tried: { readonly transaction: string; readonly outcome: T } | null = null;
    return retryTransient(async () => {
      if (tried && (await hasCommitted(this.dataSource.manager, this.job, tried.transaction))) return tried.outcome;
      tried = null;
      return this.dataSource.transaction(async (manager) => {
        const transaction = await this.check(manager);
        const outcome = await work(manager);
        tried = { transaction, outcome };
        return outcome;
      });
    }, this.lost);
  }

  /**
   * Locks the job's row for the rest of the transaction.
   * @returns the transaction's id
   * @throws {FenceLostError}
   */
  async check(manager: EntityManager): Promise<string> {
    const transaction = await lockHeldJob(manager, this.job);
    if (transaction === null || this.lost.aborted) throw new FenceLostError(this.job);
    return transaction;
  }
}
