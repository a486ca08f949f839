/** The closed map of background jobs: their payloads and the Bull queue that each goes through. Types and tables only; no handlers. */
import type { JobKind, JobLane } from '../store/entities/job.entity.js';

/** A ticket names a row of `jobs`; everything else is read from the database when the job is claimed. */
export interface Ticket {
  readonly jobId: string;
}

/** Each kind of job and what its ticket carries. */
export type Jobs = { readonly [K in JobKind]: Ticket };

/** The queue of each lane. */
export const QUEUE_OF = {
  train: 'jobs.train',
  short: 'jobs.short',
  transfer: 'jobs.transfer',
} as const satisfies Record<JobLane, string>;
