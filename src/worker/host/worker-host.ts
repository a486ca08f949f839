/** The life of a worker process: it registers, works until it is told to stop, gives back what it holds, and is gone. */
import { rm } from 'node:fs/promises';
import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { JobTickets } from '../../queue/job-tickets.js';
import { JOBS_CHANNEL } from '../../store/events.js';
import { Listener } from '../../store/listen.js';
import type { JobRunner } from '../jobs/job-runner.js';
import type { Lanes } from '../lanes/lanes.js';
import type { TicketRefill } from '../lanes/ticket-refill.js';
import type { Registration } from './registration.js';

export interface WorkerHostOptions {
  readonly databaseUrl: string;
  readonly scratchRoot: string;
}

export class WorkerHost implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(WorkerHost.name);
  /** Of jobs that are to be cancelled. */
  private readonly news: Listener;

  constructor(
    private readonly parts: {
      readonly registration: Registration;
      readonly runner: JobRunner;
      readonly lanes: Lanes;
      readonly refill: TicketRefill;
      readonly tickets: JobTickets;
    },
    private readonly options: WorkerHostOptions,
  ) {
    this.news = new Listener(options.databaseUrl, JOBS_CHANNEL, (jobId) => parts.runner.check(jobId));
  }

  async onApplicationBootstrap(): Promise<void> {
    const { registration, lanes, refill } = this.parts;
    await registration.start(lanes);
    void this.news.listen();
    for (const lane of lanes.all) lane.open();
    refill.start();
    this.logger.log(`worker ${registration.workerId} is ready`);
  }

  /** Before the database closes. Trainers are asked to stop and killed soon after; their runs go on elsewhere. */
  async beforeApplicationShutdown(): Promise<void> {
    const { registration, runner, lanes, refill, tickets } = this.parts;
    const closed = lanes.all.map((lane) => lane.close());
    runner.stopAll('the worker is shutting down');
    await Promise.all([...closed, refill.stop(), this.news.close()]);
    await tickets.close();
    await registration.stop().catch((error: unknown) => this.logger.warn(error));
    await rm(this.options.scratchRoot, { recursive: true, force: true });
  }
}
