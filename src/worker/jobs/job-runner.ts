/** Carries one claimed job from its claim to its end: lease, scratch folder, attempts, and the transaction that settles it. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { SpanKind, SpanStatusCode, type Span } from '@opentelemetry/api';
import type { DataSource, EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import type { JobKind } from '../../store/entities/job.entity.js';
import {
  askedOf,
  attemptsOf,
  claimJob,
  finishJob,
  parkJob,
  requeueJob,
  type ClaimedJob,
  type ClaimOptions,
} from '../../store/jobs.js';
import type { Failure } from '../../store/shapes.js';
import { Fence, FenceLostError } from '../claim/fence.js';
import { Lease } from '../claim/lease.js';
import { linksTo, markFailed, tracer } from '../../tracing/spans.js';
import { Stop, stopOf } from '../stop.js';
import { failureOf } from './failure.js';
import { loggedAs } from './job-log.js';
import type { FinalEnd, JobContext, JobEnd, JobProcessor } from './job-processor.js';
import { noSpaceOf } from './no-space.js';

/** How long a job rests before it is looked whether a full disk has room again. */
const NO_SPACE_REST_S = 15;

export type JobProcessors = Readonly<Record<JobKind, JobProcessor>>;

export interface RunnerOptions {
  /** As the log names it. */
  readonly workerId: string;
  readonly leaseS: number;
  readonly maxAttempts: number;
  /** Folders for work in progress are made below it. */
  readonly scratchRoot: string;
  /** How long work that can be paused may take to come to where it can be gone on with, when everything is to end. */
  readonly drainS: number;
}

interface Work {
  readonly job: ClaimedJob;
  readonly lease: Lease;
  readonly stop: AbortController;
  readonly pause: AbortController;
  /** Why the job is to go back to the queue; null: nobody has asked for that. */
  handBack: Failure | null;
}

export class JobRunner {
  private readonly logger = new Logger(JobRunner.name);
  private readonly working = new Map<string, Work>();
  /** Set once everything is to end. */
  private closing: Stop | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly processors: JobProcessors,
    private readonly options: RunnerOptions,
  ) {}

  /** @returns null when there is nothing to do */
  claim(options: ClaimOptions): Promise<ClaimedJob | null> {
    return this.dataSource.transaction(async (manager) => {
      const job = await claimJob(manager, options);
      if (job) await this.processors[job.kind].claimed(manager, job);
      return job;
    });
  }

  /** Never rejects: whatever happens ends in the job's row, or in the next worker's claim. */
  run(job: ClaimedJob): Promise<void> {
    const { id, kind, subjectId: subject, projectId: project, fence: attempt } = job;
    const ids = { worker: this.options.workerId, job: id, kind, subject, project, attempt };
    return loggedAs(ids, () => this.traced(job));
  }

  /** In a trace of its own, linked to the request that has queued the job: nobody waits for it there. */
  private traced(job: ClaimedJob): Promise<void> {
    const attributes = {
      'bough.job': job.id,
      'bough.subject': job.subjectId,
      'bough.project': job.projectId,
      'bough.attempt': job.fence,
      'bough.worker': this.options.workerId,
    };
    const links = linksTo(job.traceparent);
    return tracer.startActiveSpan(job.kind, { root: true, links, attributes, kind: SpanKind.CONSUMER }, (span) =>
      this.carry(job, span).finally(() => span.end()),
    );
  }

  private async carry(job: ClaimedJob, span: Span): Promise<void> {
    const stop = new AbortController();
    const pause = new AbortController();
    const lease = new Lease(this.dataSource, job, this.options.leaseS, {
      onStop: (reason) => stop.abort(reason),
      onPause: () => pause.abort(),
    });
    const fence = new Fence(this.dataSource, job, lease.lost);
    const work: Work = { job, lease, stop, pause, handBack: null };
    const handBack = (why: Failure) => {
      work.handBack = why;
      pause.abort();
    };
    this.working.set(job.id, work);
    if (this.closing) stop.abort(this.closing);
    lease.start();
    this.logger.log(`${job.kind} ${job.subjectId}: attempt ${job.fence}`);
    try {
      const end = await this.work(job, fence, { signal: stop.signal, pausing: pause.signal, handBack });
      span.setAttribute('bough.end', end.kind);
      if ('failure' in end) span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', end.failure.code);
      await this.settle(work, fence, end);
      this.logger.log(`${job.kind} ${job.subjectId}: ${describe(end)}`);
    } catch (error) {
      markFailed(span, error);
      this.logger.warn(`${job.kind} ${job.subjectId}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.working.delete(job.id);
      await lease.stop();
    }
  }

  /** Looks at once whether the job is to be cancelled. Does nothing for a job that is not worked on here. */
  check(jobId: string): void {
    void this.working.get(jobId)?.lease.check();
  }

  /**
   * Asks everything to end that is under way, and whatever a claim under way still brings; the jobs go back to the queue. What can be paused is, and stopped
   * where it is only when that takes too long.
   */
  stopAll(reason: string): void {
    const closing = new Stop('shutdown', reason);
    this.closing = closing;
    for (const { job, stop, pause } of this.working.values()) {
      if (this.processors[job.kind].paused) pause.abort();
      else stop.abort(closing);
    }
    const stopRest = () => {
      for (const { stop } of this.working.values()) stop.abort(closing);
    };
    setTimeout(stopRest, this.options.drainS * 1000).unref();
  }

  private async work(
    job: ClaimedJob,
    fence: Fence,
    signals: Pick<JobContext, 'signal' | 'pausing' | 'handBack'>,
  ): Promise<JobEnd> {
    const { signal } = signals;
    if (job.cancelRequested) return { kind: 'cancelled' };
    if (job.pauseRequested) return { kind: 'paused', why: null };
    if (signal.aborted) return { kind: 'stopped' };
    if (job.attempts > this.options.maxAttempts) {
      return { kind: 'failed', failure: this.exhausted(job.attempts - 1, job.error?.message ?? 'its worker vanished') };
    }
    const scratch = join(this.options.scratchRoot, `${job.id}-${job.fence}`);
    try {
      await mkdir(scratch, { recursive: true });
      return await this.processors[job.kind].work({ job, fence, ...signals, scratch });
    } catch (error) {
      if (signal.aborted || error instanceof FenceLostError) return { kind: 'stopped' };
      const noSpace = noSpaceOf(error);
      if (noSpace) return { kind: 'no_space', failure: noSpace };
      if (error instanceof AppError) {
        // What is waited for may be there at the next attempt; everything else that is said to a user stays so.
        return { kind: error.code === 'NOT_READY' ? 'retry' : 'failed', failure: failureOf(error) };
      }
      this.logger.error(error);
      return { kind: 'retry', failure: failureOf(error) };
    } finally {
      await rm(scratch, { recursive: true, force: true }).catch((error: unknown) => this.logger.warn(error));
    }
  }

  private async settle({ job, stop, handBack }: Work, fence: Fence, end: JobEnd): Promise<void> {
    switch (end.kind) {
      case 'stopped':
        return this.settleStop(job, fence, stopOf(stop.signal));
      case 'retry':
        return this.retry(job, fence, end.failure);
      case 'no_space':
        return this.handOver(job, fence, { restS: NO_SPACE_REST_S, why: end.failure });
      case 'paused':
        return this.park(job, fence, end.why, handBack);
      default:
        return this.finish(job, fence, end);
    }
  }

  private settleStop(job: ClaimedJob, fence: Fence, { kind }: Stop): Promise<void> {
    if (kind === 'cancelled') return this.finish(job, fence, { kind: 'cancelled' });
    return kind === 'shutdown' ? this.handOver(job, fence, { restS: 0, why: null }) : Promise.resolve();
  }

  private finish(job: ClaimedJob, fence: Fence, end: FinalEnd): Promise<void> {
    return fence.transaction((manager) => this.write(manager, job, end));
  }

  private async write(manager: EntityManager, job: ClaimedJob, end: FinalEnd): Promise<void> {
    await this.processors[job.kind].settle(manager, job, end);
    await finishJob(manager, job.id, end.kind, end.kind === 'failed' ? end.failure : null);
  }

  /** Gives the job back with a pause, that grows; or ends it when that was its last attempt. Progress sets the count of attempts back. */
  private retry(job: ClaimedJob, fence: Fence, failure: Failure): Promise<void> {
    const { maxAttempts } = this.options;
    return fence.transaction(async (manager) => {
      const attempts = await attemptsOf(manager, job.id);
      if (attempts >= maxAttempts) {
        const last = maxAttempts === 1 ? failure : this.exhausted(attempts, failure.message);
        return this.write(manager, job, { kind: 'failed', failure: last });
      }
      await this.processors[job.kind].released(manager, job, failure);
      const restS = 2 ** Math.min(Math.max(attempts - 1, 0), 5);
      await requeueJob(manager, job.id, { restS, why: failure, counts: true });
    });
  }

  /** Gives the job back without counting the attempt: at once, for another worker, or after a rest, for whoever is free then. */
  private handOver(job: ClaimedJob, fence: Fence, rest: { restS: number; why: Failure | null }): Promise<void> {
    return fence.transaction((manager) => this.giveBack(manager, job, rest));
  }

  private async giveBack(
    manager: EntityManager,
    job: ClaimedJob,
    { restS, why }: { restS: number; why: Failure | null },
  ): Promise<void> {
    await this.processors[job.kind].released(manager, job, why);
    await requeueJob(manager, job.id, { restS, why, counts: false });
  }

  /**
   * Nobody takes the job up again until it is resumed. Who has asked to cancel it meanwhile is not made to wait for that, and what was paused only because
   * this worker is closing, or for `handBack`, is for whoever is free then.
   */
  private park(job: ClaimedJob, fence: Fence, why: Failure | null, handBack: Failure | null): Promise<void> {
    return fence.transaction(async (manager) => {
      const asked = await askedOf(manager, job.id);
      if (asked.cancelRequested) return this.write(manager, job, { kind: 'cancelled' });
      if (why === null && !asked.pauseRequested) return this.giveBack(manager, job, { restS: 0, why: handBack });
      await this.processors[job.kind].paused?.(manager, job, why);
      await parkJob(manager, job.id);
    });
  }

  private exhausted(attempts: number, lastError: string): Failure {
    return failureOf(new AppError('ATTEMPTS_EXHAUSTED', { attempts, lastError }));
  }
}

function describe(end: JobEnd): string {
  return 'failure' in end ? `${end.kind} (${end.failure.message})` : end.kind;
}
