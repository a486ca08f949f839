/** Makes tickets again from the table of jobs, at boot and from time to time: an emptied Redis loses nothing. */
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { JobTickets } from '../../queue/job-tickets.js';
import type { Job } from '../../store/entities/job.entity.js';

const EVERY_MS = 30_000;
/** More than these wait in the table until some are done. */
const MAX_TICKETS = 200;

export class TicketRefill {
  private readonly logger = new Logger(TicketRefill.name);
  private timer: NodeJS.Timeout | undefined;
  private refilling: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly tickets: JobTickets,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.refill(), EVERY_MS);
    void this.refill();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.refilling;
  }

  /** Issues a ticket for every job that could be claimed now. A job that has one already keeps that one. */
  refill(): Promise<void> {
    this.refilling = this.refilling.then(() => this.issueAll());
    return this.refilling;
  }

  private async issueAll(): Promise<void> {
    try {
      const jobs = await this.dataSource.query<Pick<Job, 'id' | 'kind'>[]>(
        `SELECT id, kind FROM jobs
         WHERE status = 'queued' AND available_at <= clock_timestamp() OR status = 'claimed' AND lease_until < clock_timestamp()
         ORDER BY available_at, id LIMIT $1`,
        [MAX_TICKETS],
      );
      for (const job of jobs) {
        if (!(await this.tickets.issue(job))) return;
      }
    } catch (error) {
      this.logger.warn(`cannot refill tickets: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
