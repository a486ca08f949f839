/** How Bull treats tickets. The lease on a job is PostgreSQL's affair; these settings only decide how soon a wake-up is repeated. */
import type { JobOptions, QueueOptions } from 'bull';

/** Milliseconds. A worker that was killed holds its ticket for `lockDuration` at most, then `stalledInterval` until it is noticed. */
export const LOCK_SETTINGS: NonNullable<QueueOptions['settings']> = {
  lockDuration: 15_000,
  lockRenewTime: 5_000,
  stalledInterval: 10_000,
  maxStalledCount: 5,
  guardInterval: 5_000,
};

/** A ticket leaves no trace in Redis, so that one for the same job can be issued again. */
export const TICKET_OPTIONS: JobOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
