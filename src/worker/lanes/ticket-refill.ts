/** Makes tickets again from the table of jobs, at boot and from time to time: an emptied Redis loses nothing. */
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { JobTickets } from '../../queue/job-tickets.js';
import { freeJobs } from '../../store/jobs.js';

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
      for (const job of await freeJobs(this.dataSource.manager, MAX_TICKETS)) {
        if (!(await this.tickets.issue(job))) return;
      }
    } catch (error) {
      this.logger.warn(`cannot refill tickets: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
