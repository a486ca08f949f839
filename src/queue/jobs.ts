/** What Bull carries, and the queue of each lane. Types and tables only; no handlers. */
import type { JobLane } from '../store/entities/job.entity.js';

/** A ticket names a row of `jobs`; everything else is read from the database when the job is claimed. */
export interface Ticket {
  readonly jobId: string;
}

/** The queue of each lane. */
export const QUEUE_OF = {
  train: 'jobs.train',
  preview: 'jobs.preview',
  short: 'jobs.short',
  transfer: 'jobs.transfer',
} as const satisfies Record<JobLane, string>;
