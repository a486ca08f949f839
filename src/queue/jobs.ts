/** What Bull carries, and the queue of each lane. No handlers. */
import type { JobLane } from '../store/entities/job.entity.js';

/** A ticket names a row of `jobs`; everything else is read from the database when the job is claimed. */
export interface Ticket {
  readonly jobId: string;
}

/** Its name. */
export function queueOf(lane: JobLane): string {
  return `jobs.${lane}`;
}
