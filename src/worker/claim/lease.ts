/** Keeps a claimed job this worker's by renewing its lease, and notices when it is lost or when somebody wants it cancelled or paused. */
import { once } from 'node:events';
import type { DataSource } from 'typeorm';
import { renewLease, type ClaimedJob } from '../../store/jobs.js';
import { Stop } from '../stop.js';

/** Also how soon a cancellation is noticed when its notification got lost. */
const MAX_RENEWAL_MS = 2000;

export class Lease {
  private readonly lostController = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | null = null;
  /** On this machine's monotonic clock: when the renewal that last succeeded was sent. */
  private renewedAt = performance.now();
  private sentAt = this.renewedAt;

  /**
   * @param asked.onStop is called when the work has to end: once when it is cancelled, once when the lease is lost
   * @param asked.onPause is called when the work is to end where it can be gone on with, with each renewal until it has
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly job: ClaimedJob,
    private readonly leaseS: number,
    private readonly asked: { onStop(stop: Stop): void; onPause(): void },
  ) {}

  /** Aborted when the lease is lost: nothing may be written any more. */
  get lost(): AbortSignal {
    return this.lostController.signal;
  }

  start(): void {
    const everyMs = Math.min(MAX_RENEWAL_MS, (this.leaseS * 1000) / 4);
    this.timer = setInterval(() => void this.check(), everyMs);
  }

  /** Waits for a renewal that is under way, while the lease lasts: the clock goes on until then. */
  async stop(): Promise<void> {
    if (this.renewing && !this.lost.aborted) await Promise.race([this.renewing, once(this.lost, 'abort')]);
    clearInterval(this.timer);
  }

  /** Renews now. Joins a renewal that is under way, and gives up on one that hangs. */
  check(): Promise<void> {
    this.renewing ??= this.renew().finally(() => {
      this.renewing = null;
    });
    if (this.isOver(this.sentAt)) this.loseForSilence();
    return this.renewing;
  }

  private async renew(): Promise<void> {
    const sentAt = performance.now();
    this.sentAt = sentAt;
    try {
      const renewed = await renewLease(this.dataSource.manager, this.job, this.leaseS);
      if (!renewed) return this.lose('another worker has taken the job over');
      this.renewedAt = sentAt;
      if (renewed.cancelRequested) this.asked.onStop(new Stop('cancelled', 'it was cancelled'));
      else if (renewed.pauseRequested) this.asked.onPause();
    } catch {
      // PostgreSQL is away; the next renewal tries again, until the time is over.
      if (this.isOver(this.renewedAt)) this.loseForSilence();
    }
  }

  private isOver(since: number): boolean {
    return performance.now() - since > this.leaseS * 1000;
  }

  private loseForSilence(): void {
    this.lose(`PostgreSQL did not answer for ${this.leaseS} s`);
  }

  private lose(why: string): void {
    if (this.lost.aborted) return;
    clearInterval(this.timer);
    const stop = new Stop('lost', `the lease on job ${this.job.id} is lost: ${why}`);
    this.lostController.abort(stop);
    this.asked.onStop(stop);
  }
}
