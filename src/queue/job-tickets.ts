/**
 * Issues tickets: wake-ups that say "there is a job". Not the record of work, which is the table `jobs`: a ticket may be lost, doubled
 * or late, and the claim in SQL decides who works on what.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Queue } from 'bull';
import { LANE_OF, type Job, type JobLane } from '../store/entities/job.entity.js';
import type { Ticket } from './jobs.js';
import { TICKET_OPTIONS } from './queue-settings.js';

const ISSUE_LIMIT_MS = 1000;

export class JobTickets {
  private readonly logger = new Logger(JobTickets.name);

  constructor(private readonly queues: Readonly<Record<JobLane, Queue<Ticket>>>) {}

  /**
   * Puts a ticket for a committed row of `jobs` into its lane's queue. A ticket for the same job that is still there makes this a no-op.
   * Never rejects and takes a second at most: without Redis, the workers find the job by polling.
   * @returns whether Redis took the ticket.
   */
  async issue({ id, kind }: Pick<Job, 'id' | 'kind'>): Promise<boolean> {
    const ticket: Ticket = { jobId: id };
    const added = this.queues[LANE_OF[kind]].add(kind, ticket, { ...TICKET_OPTIONS, jobId: id }).then(
      () => true,
      (error: unknown) => {
        this.logger.warn(`No ticket for job ${id}: ${error instanceof Error ? error.message : String(error)}`);
        return false;
      },
    );
    return Promise.race([added, sleep(ISSUE_LIMIT_MS, false, { ref: false })]);
  }

  /**
   * Closes the queues of a process whose work has ended. Never rejects. Left to itself, Bull waits for handlers and meanwhile connects again, and where Redis is away
   * that ends the process, since nobody hears the error.
   */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close(true)));
  }
}
