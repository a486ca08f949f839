/** The port of every kind of job: what is done when one is claimed, worked on and ended. Claims, leases and attempts are the runner's. */
import type { EntityManager } from 'typeorm';
import type { ClaimedJob } from '../../store/jobs.js';
import type { Failure } from '../../store/shapes.js';
import type { Fence } from '../claim/fence.js';

export interface JobContext {
  readonly job: ClaimedJob;
  /** Everything that is written for the job goes through it. */
  readonly fence: Fence;
  /** Aborted with a `Stop`. */
  readonly signal: AbortSignal;
  /** Aborted when the work is to end where it can be gone on with; only runs are asked to. */
  readonly pausing: AbortSignal;
  /** Ends the work where it can be gone on with, and gives the job back to the queue; only of runs. */
  readonly handBack: (why: Failure) => void;
  /** An empty folder that is deleted when the work has ended. */
  readonly scratch: string;
}

/** The job is over. */
export type FinalEnd = { kind: 'done' } | { kind: 'failed'; failure: Failure } | { kind: 'cancelled' };

export type JobEnd =
  | FinalEnd
  /** Nobody's fault in particular: it is tried again, a few times. */
  | { kind: 'retry'; failure: Failure }
  /** A disk is full: it is tried again until there is room. */
  | { kind: 'no_space'; failure: Failure }
  /** It can be gone on with, when somebody says so; `why`: what it could not go on for now, if anything. */
  | { kind: 'paused'; why: Failure | null }
  /** Told to stop: what becomes of the job depends on why. */
  | { kind: 'stopped' };

export interface JobProcessor {
  /** In the transaction that raises the fence. */
  claimed(manager: EntityManager, job: ClaimedJob): Promise<void>;
  work(context: JobContext): Promise<JobEnd>;
  /** In the transaction that ends the job: what becomes of its subject. */
  settle(manager: EntityManager, job: ClaimedJob, end: FinalEnd): Promise<void>;
  /** In the transaction that gives the job back, to be taken up again by whoever is free; `why`: what it could not go on for, if anything. */
  released(manager: EntityManager, job: ClaimedJob, why: Failure | null): Promise<void>;
  /** In the transaction that parks the job, for kinds of work that can be paused. */
  paused?(manager: EntityManager, job: ClaimedJob, why: Failure | null): Promise<void>;
}
