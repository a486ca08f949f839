/** One lane of a worker: claims a job, works on it, claims the next. Woken by tickets, and by a clock in case a ticket got lost. */
import { Logger } from '@nestjs/common';
import type { JobLane } from '../../store/entities/job.entity.js';
import type { ClaimedJob } from '../../store/jobs.js';
import { isTransient } from '../../store/transient.js';

const POLL_MS = 1000;

export interface LaneOptions {
  readonly lane: JobLane;
  readonly claim: (lane: JobLane) => Promise<ClaimedJob | null>;
  readonly run: (job: ClaimedJob) => Promise<void>;
  /** `current` is another one. */
  readonly onChange: () => void;
}

export class Lane {
  private readonly logger: Logger;
  private busy: Promise<void> | null = null;
  private timer: NodeJS.Timeout | undefined;
  private claimed: ClaimedJob | null = null;

  constructor(private readonly options: LaneOptions) {
    this.logger = new Logger(`Lane ${options.lane}`);
  }

  get current(): ClaimedJob | null {
    return this.claimed;
  }

  open(): void {
    this.timer = setInterval(() => void this.wake(), POLL_MS);
    void this.wake();
  }

  /** Claims nothing more, and waits for what is under way; whoever closes asks that to stop. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.busy;
  }

  /** Works until there is nothing left to claim. A call while it works joins. Never rejects. */
  wake(): Promise<void> {
    if (this.timer === undefined) return Promise.resolve();
    this.busy ??= this.drain().finally(() => {
      this.busy = null;
    });
    return this.busy;
  }

  private async drain(): Promise<void> {
    try {
      while (this.timer !== undefined) {
        const job = await this.options.claim(this.options.lane);
        if (!job) return;
        this.hold(job);
        await this.options.run(job);
        this.hold(null);
      }
    } catch (error) {
      if (isTransient(error)) this.logger.warn(`cannot claim: ${(error as Error).message}`);
      else this.logger.error(error);
    }
  }

  private hold(job: ClaimedJob | null): void {
    this.claimed = job;
    this.options.onChange();
  }
}
